import json
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.canonical import canonical

# Names in Git and in images come in every script, precomposed and with combining marks.
keys = st.text(max_size=8)
ascii_text = st.text(st.characters(min_codepoint=32, max_codepoint=126))
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(documents)
def test_canonical_form_is_a_fixed_point(document: Any) -> None:
    once = canonical(document)
    assert json.loads(once) == document
    assert canonical(json.loads(once)) == once


@given(st.dictionaries(keys, st.none()))
def test_keys_are_sorted_by_their_bytes(document: dict[str, None]) -> None:
    found = [key.encode() for key in json.loads(canonical(document))]
    assert found == sorted(found)


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is the independent witness")
@given(st.dictionaries(ascii_text | st.text("aäöß\u0308\uffff\U00010000"), st.integers(-(2**31), 2**31) | ascii_text))
def test_canonical_form_equals_jqs_output(document: dict[str, Any]) -> None:
    witness = subprocess.run(["jq", "-cSj", "."], input=json.dumps(document).encode(), capture_output=True, check=True)
    assert canonical(document) == witness.stdout


@pytest.mark.parametrize("value", [1.5, 2**53, {1: "a"}, {"a": [0.1]}])
def test_values_that_json_readers_read_differently_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="release record"):
        canonical(value)
