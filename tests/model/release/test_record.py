import json
from copy import deepcopy

import pytest

from dockdj.errors import ProjectError
from dockdj.model.canonical import canonical, digest_of
from dockdj.model.release.schema import read
from dockdj.model.release.validation import NewerSchema
from tests.support.records import fingerprints, python, release, service


def test_names_of_files_are_not_normalised() -> None:
    """Files may differ in nothing but the form of a letter, and a mark may stand behind what JSON escapes."""
    document = {"/etc/größe": 1, "/etc/gro\u0308ße": 2, "\U00010000": "\n\u0303", "\uffff": "e\u0301"}
    assert json.loads(canonical(document)) == document
    made = release(django=service(files={name: "sha256:" + "a" * 64 for name in document}))
    assert list(read(made.content).services["django"].files) == sorted(document)


def test_digest_is_the_hash_of_the_stored_bytes() -> None:
    made = release()
    assert read(made.content).digest == made.digest == digest_of(made.content)


def test_edited_record_is_refused() -> None:
    with pytest.raises(ProjectError, match="edited"):
        read(release().content.replace(b'"name":"shop"', b'"name": "shop"'))


def test_newer_schema_is_refused_with_a_hint_to_upgrade() -> None:
    with pytest.raises(ProjectError, match="schema 2") as caught:
        read(b'{"schema":2}')
    assert "upgrade" in caught.value.hint


@pytest.mark.parametrize("schema", ["0", "null", '"2"', "[]", "1.0", "[" * 100_000])
def test_damaged_record_is_not_reported_as_newer(schema: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read(b'{"schema":%s}' % schema.encode())
    assert not isinstance(caught.value, NewerSchema)


def test_each_fingerprint_changes_with_its_own_part_only() -> None:
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
