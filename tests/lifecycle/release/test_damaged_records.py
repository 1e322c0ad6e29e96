"""Damaged records: a record that lacks a field, or has another type in one, is refused by name; all others are read.

The witness is another validator with the published schema, without its rules for patterns, lengths and unknown fields.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dockdj.cli.views.diff.data import data_of
from dockdj.cli.views.diff.markdown import as_markdown
from dockdj.cli.views.diff.text import as_text
from dockdj.errors import ProjectError
from dockdj.lifecycle.diff.diff import of_records
from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.bom import cyclonedx
from dockdj.model.canonical import canonical
from dockdj.model.release.record import Release
from dockdj.model.release.schema import head, read
from dockdj.model.release.summary import Listed, Unread
from dockdj.model.release.validation import wrong_field
from dockdj.model.verify.record import record_finding
from dockdj.model.version import attempt
from tests.support.records import release, service
from tests.support.schema import DOCUMENT

DIGEST = "sha256:" + "1" * 64
RESTACK = {
    "version": "1.0.0",
    "digest": DIGEST,
    "stack_from": {"version": "1.0.1", "digest": DIGEST},
    "bases": {"debian:trixie-slim": "debian:trixie-20261101-slim"},
}
WHOLE = release(
    "1.0.0+stack.1",
    restack_of=RESTACK,
    django=service(npm={"/node_modules": {"a": "1.0.0"}}, unmanaged={"/x": DIGEST}),
    redis=service(source="redis:7", base=None),
)
OTHER = release("1.1.0")
# The rules of the published schema that are for other readers.
UNREAD_RULES = {
    *("pattern", "format", "minLength", "minimum", "maximum", "minItems", "maxItems"),
    *("propertyNames", "title", "description"),
}


def relaxed(schema: Any) -> Any:
    """The rules for required fields and types alone; fields that the schema does not name may be anything."""
    if isinstance(schema, list):
        return [relaxed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: relaxed(inner) for name, inner in value.items()}
        if key in ("properties", "$defs")
        else relaxed(value)
        for key, value in schema.items()
        if key not in UNREAD_RULES and not (key == "additionalProperties" and value is False)
    }


WITNESS = Draft202012Validator(relaxed(DOCUMENT))


def paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each field of a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*above, key)
        yield from paths(item, (*above, key))


PATHS = tuple(paths(json.loads(WHOLE.content)))


def changed(path: tuple[Any, ...], *value: Any) -> dict[str, Any]:
    """The record's document with another value there, or without the field."""
    document: dict[str, Any] = deepcopy(json.loads(WHOLE.content))
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    if value:
        place[path[-1]] = value[0]
    else:
        del place[path[-1]]
    return document


def is_read_exactly_if_the_witness_accepts(document: dict[str, Any]) -> None:
    """Assert that `read` and the witness agree. Every reader must work with a record that was read."""
    content = canonical(document)
    listed = head(content, WHOLE.version)
    if document.get("schema") != 1:
        with pytest.raises(ProjectError):
            read(content)
        assert isinstance(listed, Unread)
    elif WITNESS.is_valid(document) and attempt(document["version"]):
        works(read(content))
        assert isinstance(listed, Listed) or document["version"] != str(WHOLE.version)
    else:
        with pytest.raises(ProjectError, match=r"no usable field `[^`]+`"):
            read(content)


def works(one: Release) -> None:
    """Run every reader of a record."""
    assert release_tags.from_message(release_tags.message(one).encode()) == one
    record_finding(one, "shop")
    cyclonedx.encode(one)
    for comparison in (of_records(one, OTHER), of_records(OTHER, one), of_records(WHOLE, one)):
        json.dumps(data_of(comparison))
        as_text(comparison)
        as_markdown(comparison)


def test_a_whole_record_is_read() -> None:
    assert read(WHOLE.content) == WHOLE
    is_read_exactly_if_the_witness_accepts(json.loads(WHOLE.content))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_a_record_without_a_field_is_read_only_if_the_field_is_optional(path: tuple[Any, ...]) -> None:
    is_read_exactly_if_the_witness_accepts(changed(path))


@given(
    st.sampled_from(PATHS),
    st.sampled_from([None, 5, -1, "x", "", [], {}, ["x"], [None], {"a": 1}, {"a": {}}, True, "9.9.9.9"]),
)
def test_a_record_with_another_value_is_read_only_if_its_type_fits(path: tuple[Any, ...], value: Any) -> None:
    is_read_exactly_if_the_witness_accepts(changed(path, value))


def test_both_verdicts_occur() -> None:
    verdicts = [WITNESS.is_valid(changed(path)) for path in PATHS]
    assert verdicts.count(True) > 10 and verdicts.count(False) > 100


def test_the_error_names_the_wrong_field() -> None:
    for path, name in {
        ("tool",): "tool",
        ("restack_of", "digest"): "restack_of.digest",
        ("services", "django", "os", "id"): "services.django.os.id",
        ("evidence", 1, "images"): "evidence.1.images",
        ("fingerprint", "deps"): "fingerprint.deps",
    }.items():
        with pytest.raises(ProjectError, match=f"no usable field `{name}`"):
            read(canonical(changed(path)))
    assert wrong_field(changed(("services", "django", "size"), "5")) == "services.django.size"
    assert wrong_field([]) == ""


def test_a_field_that_the_schema_does_not_name_is_skipped() -> None:
    document = {**json.loads(WHOLE.content), "more": 1}
    assert read(canonical(document)).content == canonical(document)
