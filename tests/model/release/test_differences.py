"""The names of the fields in which two records differ."""

import json

import pytest

from dockdj.model.release.differences import MOST, differences


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        ({"a": 1}, {"a": 1}, ()),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ("a.c",)),
        ({"a": [1]}, {"a": [2]}, ("a",)),
        ({"a": 1}, {}, ("a",)),
        ({"a": 1}, {"a": True}, ("a",)),
        ({"a": {}}, {"a": None}, ("a",)),
        ({str(number): 1 for number in range(9)}, {}, tuple("01234")),
    ],
)
def test_paths_lead_to_the_first_differing_fields(one: object, other: object, paths: tuple[str, ...]) -> None:
    assert differences(json.dumps(one).encode(), json.dumps(other).encode()) == paths
    assert len(paths) <= MOST
