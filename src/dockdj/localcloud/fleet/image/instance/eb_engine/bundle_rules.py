"""The rules for files of a source bundle, as Elastic Beanstalk documents them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

UNREADABLE = (yaml.YAMLError, AttributeError, TypeError, ValueError, OSError, RecursionError)
"""The errors of a file with any content, such as other bytes than UTF-8, and of links in a circle."""
UNSUPPORTED = frozenset({"packages", "sources", "files", "users", "groups", "commands", "services"})


def dotenv(environment: Mapping[str, str]) -> str:
    """Elastic Beanstalk's .env: one unquoted NAME=value per line, with `$` doubled because Compose interpolates."""
    return "".join(f"{name}={value.replace('$', '$$')}\n" for name, value in sorted(environment.items()))


def container_commands(file: Path, *, leader: bool) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    """The commands of one .ebextensions file, sorted by name, and warnings about unsupported keys."""
    try:
        if not file.is_file():
            raise ValueError("it is not a file, or its links lead nowhere")
        content = yaml.safe_load(file.read_bytes()) or {}
        defined = content.get("container_commands") or {}
        commands = [(name, checked(name, defined[name])) for name in sorted(defined) if "command" in defined[name]]
    except UNREADABLE as error:
        return [], [f"The configuration file .ebextensions/{printable(file.name)} is not valid and is ignored: {error}"]
    warnings = [
        f"This instance does not run '{key}' of .ebextensions/{printable(file.name)}."
        for key in sorted(UNSUPPORTED & set(content))
    ]
    return [(name, item) for name, item in commands if leader or not is_true(item.get("leader_only"))], warnings


def checked(name: object, item: dict[str, Any]) -> dict[str, Any]:
    """A command whose values have the types that Elastic Beanstalk documents. Raises TypeError."""
    if not isinstance(name, str):
        raise TypeError(f"the name {name!r} of a command is not text")
    for key in ("command", "test"):
        value = item.get(key, "true")
        words = value if isinstance(value, list) else [value]
        if not words or not all(isinstance(word, str) and word and "\0" not in word for word in words):
            raise TypeError(f"{key} of {name} is neither text nor a list of texts")
    if not isinstance(item.get("cwd", ""), str) or "\0" in item.get("cwd", ""):
        raise TypeError(f"cwd of {name} is not a path")
    variables = item.get("env") or {}
    if not isinstance(variables, dict) or any(
        "\0" in f"{key}{value}" or "=" in str(key) for key, value in variables.items()
    ):
        raise TypeError(f"env of {name} is not a map of variables")
    return item


def printable(text: str) -> str:
    """A file's name, which may have any bytes, as text of an event."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def is_true(value: object) -> bool:
    """Return whether a YAML value is true, quoted or not."""
    return str(value).lower() in ("true", "yes", "1")


def renamed_volumes(project: str, volumes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """New names for the volumes that Compose would name after the project.

    Every deployment has a new project name here, so that the remains of a killed deployment never conflict. On the
    platform, the project is always named after its folder, `current`, so its volumes survive a deployment.
    """
    return {key: {"name": f"current_{key}"} for key, volume in volumes.items() if volume["name"] == f"{project}_{key}"}
