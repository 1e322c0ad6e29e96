"""What files of a source bundle mean, as Elastic Beanstalk documents it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

NOT_RUN = frozenset({"packages", "sources", "files", "users", "groups", "commands", "services"})


def dotenv(environment: Mapping[str, str]) -> str:
    """Elastic Beanstalk's .env: one NAME=value a line, nothing quoted, `$` doubled because compose interpolates."""
    return "".join(f"{name}={value.replace('$', '$$')}\n" for name, value in sorted(environment.items()))


def container_commands(file: Path, *, leader: bool) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    """The commands of one .ebextensions file in the order of their names, and warnings on what is not run."""
    try:
        content = yaml.safe_load(file.read_text()) or {}
        found = content.get("container_commands") or {}
        chosen = [(name, found[name]) for name in sorted(found) if "command" in found[name]]
    except (yaml.YAMLError, AttributeError, TypeError) as error:
        return [], [f"The configuration file .ebextensions/{file.name} is not valid and is ignored: {error}"]
    warnings = [
        f"This instance does not run '{key}' of .ebextensions/{file.name}." for key in sorted(NOT_RUN & set(content))
    ]
    return [(name, one) for name, one in chosen if leader or not truth(one.get("leader_only"))], warnings


def truth(value: object) -> bool:
    """YAML's true, also where it was quoted."""
    return str(value).lower() in ("true", "yes", "1")


def renamed_volumes(project: str, volumes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Names for the volumes that compose would name after the project.

    Projects here have a new name for every deployment, so that what a killed one left is never in the way. On the
    platform the project is called after its folder, `current`, and so volumes outlive a deployment.
    """
    return {key: {"name": f"current_{key}"} for key, volume in volumes.items() if volume["name"] == f"{project}_{key}"}
