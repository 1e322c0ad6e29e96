import json
import shutil
import subprocess
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.errors import ProjectError
from dockdj.model.release.record import NewerSchema, canonical, digest_of, fingerprints, read
from tests.support.records import python, release, service

# Git and images have names in every script, whole or composed of marks.
keys = st.text(max_size=8)
ascii_text = st.text(st.characters(min_codepoint=32, max_codepoint=126))
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(documents)
def test_the_canonical_form_is_a_fixed_point(document: Any) -> None:
    once = canonical(document)
    assert json.loads(once) == document
    assert canonical(json.loads(once)) == once


@given(st.dictionaries(keys, st.none()))
def test_keys_are_in_the_order_of_their_bytes(document: dict[str, None]) -> None:
    found = [key.encode() for key in json.loads(canonical(document))]
    assert found == sorted(found)


def test_names_stay_the_ones_they_are() -> None:
    """Files may differ in nothing but the form of a letter, and a mark may stand behind what JSON escapes."""
    document = {"/etc/größe": 1, "/etc/gro\u0308ße": 2, "\U00010000": "\n\u0303", "\uffff": "e\u0301"}
    assert json.loads(canonical(document)) == document
    made = release(django=service(files={name: "sha256:" + "a" * 64 for name in document}))
    assert read(made.content).document == made.document


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is the independent witness")
@given(st.dictionaries(ascii_text | st.text("aäöß\u0308\uffff\U00010000"), st.integers(-(2**31), 2**31) | ascii_text))
def test_the_canonical_form_is_what_jq_writes(document: dict[str, Any]) -> None:
    witness = subprocess.run(["jq", "-cSj", "."], input=json.dumps(document).encode(), capture_output=True, check=True)
    assert canonical(document) == witness.stdout


@pytest.mark.parametrize("value", [1.5, 2**53, {1: "a"}, {"a": [0.1]}])
def test_what_readers_would_read_differently_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="release record"):
        canonical(value)


def test_the_digest_is_the_hash_of_the_bytes_as_stored() -> None:
    made = release()
    assert read(made.content).digest == made.digest == digest_of(made.content)


def test_an_edited_record_is_found() -> None:
    with pytest.raises(ProjectError, match="edited"):
        read(release().content.replace(b'"name":"shop"', b'"name": "shop"'))


def test_a_newer_schema_is_refused_politely() -> None:
    with pytest.raises(ProjectError, match="schema 2") as caught:
        read(b'{"schema":2}')
    assert "upgrade" in caught.value.hint


@pytest.mark.parametrize("schema", ["0", "null", '"2"', "[]", "1.0", "[" * 100_000])
def test_what_is_no_record_is_not_taken_for_a_newer_one(schema: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read(b'{"schema":%s}' % schema.encode())
    assert not isinstance(caught.value, NewerSchema)


def test_each_fingerprint_answers_for_its_own_part() -> None:
    plain = service()
    base = fingerprints("a", {"django": plain}, {})
    app = fingerprints("b", {"django": plain}, {})
    stack = fingerprints("a", {"django": service(files={"/etc/x": "sha256:0"})}, {})
    deps = fingerprints("a", {"django": service(python=python(django="6.1.4"))}, {})
    npm = fingerprints("a", {"django": plain}, {"esbuild": "1"})
    moved = deepcopy(plain)
    moved["os"]["packages"]["zlib1g"]["origin"] = "ours"
    packed = fingerprints("a", {"django": {**moved, "config": "sha256:other", "diff_ids": [], "size": 5}}, {})
    assert base == packed
    assert differing(base, app) == {"app", "pair"}
    assert differing(base, stack) == {"stack", "pair"}
    assert differing(base, deps) == differing(base, npm) == {"deps", "pair"}
    assert len({one["pair"] for one in (base, app, stack, deps, npm)}) == 5


def differing(one: dict[str, str], other: dict[str, str]) -> set[str]:
    return {name for name in one if one[name] != other[name]}
