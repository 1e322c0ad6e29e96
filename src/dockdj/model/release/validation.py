"""Tell a release record from other bytes: its schema number, its canonical form, and the fields that it must have.

The published JSON Schema names the fields. Code relies on two of its rules, which fields are required and the type of
each; patterns and lengths are for other readers. Fields that the schema does not name are skipped.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from dockdj.errors import ProjectError
from dockdj.model import json_document
from dockdj.model.canonical import canonical

SCHEMA = 1
UPGRADE = "git pull, then bin/dockdj"
# What `dockdj show --schema` prints.
SCHEMA_FILE = Path(__file__).with_name("release.schema.json")
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}


class NewerSchema(ProjectError):
    """A newer dockdj wrote the record: nothing is wrong with it."""


def stored(content: bytes) -> dict[str, Any]:
    """The JSON document in a record's bytes, whatever fields it has.

    Raises NewerSchema, or ProjectError for bytes that are not a record in canonical form.
    """
    try:
        document = dict(json_document.table(json_document.parse(content)))
        schema = document["schema"]
        newer = is_newer(schema)
        if not newer and (type(schema) is not int or schema != SCHEMA):
            raise ValueError(f"schema {schema!r}")
    except (ValueError, KeyError) as error:
        raise ProjectError("this is not a release record", hint="was the tag's message edited?") from error
    if newer:
        raise NewerSchema(
            f"this release record has schema {schema}, and this dockdj knows {SCHEMA}",
            hint=f"upgrade to the dockdj that the project pins: {UPGRADE}",
        )
    try:
        intact = canonical(document) == content
    except ValueError:
        intact = False
    if not intact:
        raise ProjectError("this release record is not in its canonical form: it was edited")
    return document


def is_newer(schema: object) -> bool:
    """Tell whether the number of a schema belongs to a newer dockdj."""
    return type(schema) is int and schema > SCHEMA


def wrong_field(document: Any, definition: str = "") -> str | None:
    """The path of the first field that is missing or of another type; empty for the document itself, None when all fit.

    `definition` names a part of the schema (its `$defs`) that the document is, instead of a record.
    """
    schema = _schema()
    path = _wrong(document, schema["$defs"][definition] if definition else schema)
    return None if path is None else ".".join(path)


@cache
def _schema() -> dict[str, Any]:
    return dict(json_document.table(json_document.parse(SCHEMA_FILE.read_bytes())))


def _wrong(value: Any, schema: dict[str, Any]) -> tuple[str, ...] | None:
    if reference := schema.get("$ref"):
        return _wrong(value, _schema()["$defs"][reference.rpartition("/")[2]])
    if choices := schema.get("anyOf"):
        paths = [_wrong(value, choice) for choice in choices]
        return None if None in paths else max((path for path in paths if path is not None), key=len)
    if not _has_type(value, schema):
        return ()
    if isinstance(value, dict):
        return _wrong_inside(value, schema)
    if isinstance(value, list):
        return _first((str(number), item, schema["items"]) for number, item in enumerate(value))
    return None


def _has_type(value: Any, schema: dict[str, Any]) -> bool:
    kinds = schema.get("type")
    if kinds is None:
        allowed = schema["enum"] if "enum" in schema else [schema["const"]]
        return any(value == choice and type(value) is type(choice) for choice in allowed)
    return any(type(value) is TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _wrong_inside(value: dict[str, Any], schema: dict[str, Any]) -> tuple[str, ...] | None:
    if missing := [name for name in schema.get("required", ()) if name not in value]:
        return (missing[0],)
    fields, others = schema.get("properties", {}), schema.get("additionalProperties")
    return _first((name, item, inner) for name, item in value.items() if (inner := fields.get(name, others)))


def _first(items: Iterable[tuple[str, Any, dict[str, Any]]]) -> tuple[str, ...] | None:
    for name, item, schema in items:
        if (path := _wrong(item, schema)) is not None:
            return (name, *path)
    return None
