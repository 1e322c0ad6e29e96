"""The shape of a compose file: which parts are tables, lists and texts (Compose specification).

Code that reads a compose file relies on it. What a part means is checked where the part is used, and by Compose.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Shape = tuple[type, ...]

NOTHING = type(None)
LIST: Shape = (list,)
TEXT: Shape = (str,)
TABLE_OR_LIST: Shape = (dict, list)
TEXTS: Shape = (list, str)
# The parts of a service that Dockdj reads itself. Each may be empty. Ports are read by `listed`.
SERVICE: Mapping[str, Shape] = {
    "build": (dict, str),
    "image": TEXT,
    "profiles": LIST,
    "volumes": LIST,
    "environment": TABLE_OR_LIST,
    "labels": TABLE_OR_LIST,
    "annotations": TABLE_OR_LIST,
    "sysctls": TABLE_OR_LIST,
    "env_file": (dict, list, str),
    "depends_on": TABLE_OR_LIST,
    "networks": TABLE_OR_LIST,
    "command": TEXTS,
    "entrypoint": TEXTS,
    "links": LIST,
    "volumes_from": LIST,
    "security_opt": LIST,
    "secrets": LIST,
    "configs": LIST,
}
BUILD: Mapping[str, Shape] = {"context": TEXT, "dockerfile": TEXT, "target": TEXT, "args": TABLE_OR_LIST}
# Of volumes, networks, secrets and configurations.
RESOURCE: Mapping[str, Shape] = {"labels": TABLE_OR_LIST}
NAMES = ("depends_on", "profiles")
WORDS: Mapping[type, str] = {dict: "a table", list: "a list", str: "text"}


def listed(body: Any, name: str) -> list[Any]:
    """The items of a part of a service that is a list; empty for another shape, which Compose refuses."""
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, list) else []


def pairs(value: Any) -> dict[str, Any]:
    """A part that is a table or a list of NAME=VALUE, as a table.

    In a list, a name without `=` takes its value from the shell that runs Compose; in a table that is a null.
    """
    if isinstance(value, Mapping):
        return dict(value)
    lines = [str(line) for line in value or ()]
    return {line.partition("=")[0]: line.partition("=")[2] if "=" in line else None for line in lines}


def dependencies(value: Any) -> dict[str, dict[str, Any]]:
    """`depends_on` as a table: service -> its options. `required: true`, the default, is left out."""
    table = (
        value if isinstance(value, Mapping) else {str(name): {"condition": "service_started"} for name in value or ()}
    )
    return {
        str(name): {key: option for key, option in (options or {}).items() if (key, option) != ("required", True)}
        for name, options in table.items()
    }


def mistakes(document: Mapping[Any, Any]) -> Iterator[str]:
    """The parts of another shape, each with its path."""
    yield from _keys(document, "the file")
    for name in ("volumes", "networks", "secrets", "configs"):
        yield from _resources(document.get(name), name)
    for name, body in document["services"].items():
        where = f"services.{name}"
        if not isinstance(name, str):
            yield f"{where}: a name is text: put it in quotes"
        elif body is not None:
            yield from _service(body, where)


def _resources(table: Any, where: str) -> Iterator[str]:
    yield from _tables(table, where)
    for name, body in table.items() if isinstance(table, dict) else ():
        if isinstance(body, dict):
            yield from _parts(body, RESOURCE, f"{where}.{name}")


def _service(body: Any, where: str) -> Iterator[str]:
    if not isinstance(body, dict):
        yield f"{where} is not a table"
        return
    yield from _parts(body, SERVICE, where)
    if isinstance(body.get("build"), dict):
        yield from _parts(body["build"], BUILD, f"{where}.build")
    if isinstance(body.get("depends_on"), dict):
        yield from _tables(body["depends_on"], f"{where}.depends_on")
    for name in ("ports", "volumes", "env_file", "depends_on", "profiles"):
        for number, item in enumerate(listed(body, name)):
            if name in NAMES and not isinstance(item, str):
                yield f"{where}.{name}.{number} is not text"
            elif not isinstance(item, dict | str | int):
                yield f"{where}.{name}.{number} is neither a table nor text"
            elif isinstance(item, dict):
                yield from _keys(item, f"{where}.{name}.{number}")


def _parts(table: Mapping[Any, Any], shapes: Mapping[str, Shape], where: str) -> Iterator[str]:
    yield from _keys(table, where)
    for name, shape in shapes.items():
        value = table.get(name)
        if value is not None and not isinstance(value, shape):
            yield f"{where}.{name} is not {' or '.join(WORDS[kind] for kind in shape)}"
        elif isinstance(value, dict):
            yield from _keys(value, f"{where}.{name}")


def _tables(value: Any, where: str) -> Iterator[str]:
    """Mistakes of a table of tables, each of which may be empty."""
    if not isinstance(value, dict | NOTHING):
        yield f"{where} is not a table"
        return
    yield from _keys(value or {}, where)
    for name, body in (value or {}).items():
        if not isinstance(body, dict | NOTHING):
            yield f"{where}.{name} is not a table"


def _keys(table: Mapping[Any, Any], where: str) -> Iterator[str]:
    for key in table:
        if not isinstance(key, str):
            yield f"{where}.{key}: a key is text: put it in quotes"
