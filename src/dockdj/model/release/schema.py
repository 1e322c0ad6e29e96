"""Whether a document has the fields of a release record, as the published JSON Schema names them.

Of the schema is read what code relies on: which fields there must be, and what type each is. Patterns and lengths are
for other readers; fields that the schema does not know are passed over.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

# What `dockdj show --schema` prints.
SCHEMA_FILE = Path(__file__).with_name("release.schema.json")
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}


def wrong_field(document: Any, definition: str = "") -> str | None:
    """The path of the first field that is missing or of another type; empty for the document itself, None when all fit.

    `definition` names a part of the schema (its `$defs`) that the document is, instead of a record.
    """
    schema = _schema()
    path = _wrong(document, schema["$defs"][definition] if definition else schema)
    return None if path is None else ".".join(path)


@cache
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMA_FILE.read_bytes())
    return found


def _wrong(value: Any, schema: dict[str, Any]) -> tuple[str, ...] | None:
    if reference := schema.get("$ref"):
        return _wrong(value, _schema()["$defs"][reference.rpartition("/")[2]])
    if choices := schema.get("anyOf"):
        found = [_wrong(value, one) for one in choices]
        return None if None in found else max((one for one in found if one is not None), key=len)
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
        return any(value == one and type(value) is type(one) for one in allowed)
    return any(type(value) is TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _wrong_inside(value: dict[str, Any], schema: dict[str, Any]) -> tuple[str, ...] | None:
    if missing := [name for name in schema.get("required", ()) if name not in value]:
        return (missing[0],)
    fields, others = schema.get("properties", {}), schema.get("additionalProperties")
    return _first((name, item, inner) for name, item in value.items() if (inner := fields.get(name, others)))


def _first(items: Iterable[tuple[str, Any, dict[str, Any]]]) -> tuple[str, ...] | None:
    for name, item, schema in items:
        if (found := _wrong(item, schema)) is not None:
            return (name, *found)
    return None
