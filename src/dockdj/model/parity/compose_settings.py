"""Flatten a compose file's service to settings that do not depend on how Compose allows to write them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from posixpath import dirname
from typing import Any

from dockdj.model.project.compose_shape import dependencies, pairs
from dockdj.model.project.layout import EnvironmentFiles

# Command lines: the only lists whose order matters.
COMMAND_LINES = ("command", "entrypoint", "healthcheck.test")
# Tables that may be lists of NAME=VALUE (Compose specification, "environment", "labels", "args"...).
PAIRS = ("environment", "labels", "annotations", "sysctls")
NOTHING = "nothing"


def settings(body: Mapping[str, Any], environment: str, files: EnvironmentFiles) -> dict[str, str]:
    """Every setting of a service but `image` and `build`: path (`healthcheck.interval`) -> text.

    ENV replaces the environment's name in paths of folders, so that the environments' files compare as equal.
    """
    rest = {str(key): value for key, value in body.items() if key not in ("image", "build")}
    rest |= {key: pairs(rest[key]) for key in PAIRS if isinstance(rest.get(key), list)}
    if rest.get("depends_on"):
        rest["depends_on"] = dependencies(rest["depends_on"])
    return {key: without_name(text, environment, files) for key, text in _flat(rest, "")}


def without_name(text: str, environment: str, files: EnvironmentFiles) -> str:
    """A text with ENV in place of the environment's name, in paths of the environment's own folders and files."""
    paths = [str(path) for path in asdict(files).values()]
    for folder in {dirname(path) for path in paths if environment in dirname(path).split("/")}:
        general = "/".join("ENV" if part == environment else part for part in folder.split("/"))
        text = re.sub(rf"\b{re.escape(folder)}/", f"{general}/", text)
    for kind, path in asdict(files).items():
        if environment not in dirname(path).split("/"):
            text = re.sub(rf"(?<![\w./-])((\.\.?/)*){re.escape(path)}(?![\w./-])", rf"\1ENV {kind}", text)
    return text


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif path:
        yield path, _text(value, path)


def _text(value: Any, path: str) -> str:
    # Compose treats a single item like a list of one item, and the two forms of a command without quotes alike.
    if isinstance(value, list) and value:
        items = [_scalar(item) for item in value]
        return " ".join(items) if path in COMMAND_LINES else ", ".join(sorted(items))
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value in (None, {}, []):
        return NOTHING
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
