"""The rules for files of a source bundle, as Elastic Beanstalk documents them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

UNSUPPORTED = frozenset({"packages", "sources", "files", "users", "groups", "commands", "services"})


def dotenv(environment: Mapping[str, str]) -> str:
    """Elastic Beanstalk's .env: one unquoted NAME=value per line, with `$` doubled because Compose interpolates."""
    return "".join(f"{name}={value.replace('$', '$$')}\n" for name, value in sorted(environment.items()))


def container_commands(file: Path, *, leader: bool) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    """The commands of one .ebextensions file, sorted by name, and warnings about unsupported keys."""
    try:
        content = yaml.safe_load(file.read_text()) or {}
        defined = content.get("container_commands") or {}
        commands = [(name, defined[name]) for name in sorted(defined) if "command" in defined[name]]
    except (yaml.YAMLError, AttributeError, TypeError) as error:
        return [], [f"The configuration file .ebextensions/{file.name} is not valid and is ignored: {error}"]
    warnings = [
        f"This instance does not run '{key}' of .ebextensions/{file.name}."
        for key in sorted(UNSUPPORTED & set(content))
    ]
    return [(name, item) for name, item in commands if leader or not is_true(item.get("leader_only"))], warnings


def is_true(value: object) -> bool:
    """Return whether a YAML value is true, quoted or not."""
    return str(value).lower() in ("true", "yes", "1")


def renamed_volumes(project: str, volumes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """New names for the volumes that Compose would name after the project.

    Every deployment has a new project name here, so that the remains of a killed deployment never conflict. On the
    platform, the project is always named after its folder, `current`, so its volumes survive a deployment.
    """
    return {key: {"name": f"current_{key}"} for key, volume in volumes.items() if volume["name"] == f"{project}_{key}"}
