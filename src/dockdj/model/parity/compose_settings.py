"""A service of a compose file as flat settings, the same for every way that Compose allows to write them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# Lists whose order means something: words of a command line. Of all others it does not.
COMMAND_LINES = ("command", "entrypoint", "healthcheck.test")
# What may be written as a list of NAME=VALUE (Compose specification, "environment", "labels", "args"...).
PAIRS = ("environment", "labels", "annotations", "sysctls")
NOTHING = "nothing"


def settings(body: Mapping[str, Any], environment: str) -> dict[str, str]:
    """Every setting of a service by its path, `healthcheck.interval`, as text; without `image` and `build`.

    The environment's own folders are written as ENV, so that each environment's own file counts as the same.
    """
    rest = {str(key): value for key, value in body.items() if key not in ("image", "build")}
    for key in PAIRS:
        if isinstance(rest.get(key), list):
            pairs = [str(item).partition("=") for item in rest[key]]
            rest[key] = {name: value if equals else None for name, equals, value in pairs}
    if isinstance(rest.get("depends_on"), list):
        rest["depends_on"] = {str(name): {"condition": "service_started"} for name in rest["depends_on"]}
    own = re.compile(rf"\b(environments|docker/django)/{re.escape(environment)}/")
    return {key: own.sub(r"\1/ENV/", text) for key, text in _flat(rest, "")}


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif path:
        yield path, _text(value, path)


def _text(value: Any, path: str) -> str:
    # A list of one and the item alone are the same to Compose, and so are a command's two forms without quotes.
    if isinstance(value, list) and value:
        items = [_scalar(item) for item in value]
        return " ".join(items) if path in COMMAND_LINES else ", ".join(sorted(items))
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value in (None, {}, []):
        return NOTHING
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
