"""What a record may lack or hold instead: whatever reads one works, or says that the record is damaged."""

import json
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dockdj.cli.views.diff.data import data_of
from dockdj.cli.views.diff.markdown import as_markdown
from dockdj.cli.views.diff.text import as_text
from dockdj.errors import ProjectError
from dockdj.lifecycle.diff.diff import of_records
from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.bom import cyclonedx
from dockdj.model.canonical import canonical
from dockdj.model.release.schema import wrong_field
from dockdj.model.release.summary import head
from dockdj.model.verify.record import record_finding
from tests.support.records import release, service

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


def paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each field of a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*above, key)
        yield from paths(item, (*above, key))


PATHS = tuple(paths(WHOLE.document))


def changed(path: tuple[Any, ...], *value: Any) -> bytes:
    """The record with another value there, or without the field."""
    document = deepcopy(dict(WHOLE.document))
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    if value:
        place[path[-1]] = value[0]
    else:
        del place[path[-1]]
    return canonical(document)


def is_read_or_refused(content: bytes) -> None:
    head(content, WHOLE.version)
    with suppress(ProjectError):
        one = release_tags.checked(content)
        release_tags.message(one)
        record_finding(one, "shop")
        cyclonedx.encode(one)
        for found in (of_records(one, OTHER), of_records(OTHER, one), of_records(WHOLE, one)):
            json.dumps(data_of(found))
            as_text(found)
            as_markdown(found)


def test_a_whole_record_has_every_field() -> None:
    assert wrong_field(WHOLE.document) is None
    assert release_tags.checked(WHOLE.content) == WHOLE


def test_without_any_one_field() -> None:
    for path in PATHS:
        is_read_or_refused(changed(path))


@given(
    st.sampled_from(PATHS),
    st.sampled_from([None, 5, -1, "x", "", [], {}, ["x"], [None], {"a": 1}, {"a": {}}, True, "9.9.9.9"]),
)
def test_with_something_else_in_a_field(path: tuple[Any, ...], value: Any) -> None:
    is_read_or_refused(changed(path, value))


def test_the_field_is_named() -> None:
    for path, said in {
        ("tool",): "tool",
        ("restack_of", "digest"): "restack_of.digest",
        ("services", "django", "os", "id"): "services.django.os.id",
        ("evidence", 1, "images"): "evidence.1.images",
        ("fingerprint", "deps"): "fingerprint.deps",
    }.items():
        assert wrong_field(json.loads(changed(path))) == said
    assert wrong_field(json.loads(changed(("services", "django", "size"), "5"))) == "services.django.size"
    assert wrong_field([]) == ""
    assert wrong_field({**WHOLE.document, "more": 1}) is None
