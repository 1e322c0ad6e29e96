"""The rules for files of a source bundle, as Elastic Beanstalk documents them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from .extension_file import Command, Sections, is_true, parsed, parsed_command
from .machine import Failed

UNREADABLE = (yaml.YAMLError, AttributeError, TypeError, ValueError, OSError, RecursionError)
"""The errors of a file with any content, such as other bytes than UTF-8, and of links in a circle."""
KEYS = frozenset(
    {
        *("packages", "sources", "files", "users", "groups", "commands", "services", "container_commands"),
        *("option_settings", "Resources", "Parameters", "Mappings", "Outputs"),
    }
)
"""The keys of a configuration file, as in `dockdj.adapters.ebextensions`, which is not on an instance."""
HOOK_FOLDERS = tuple(
    f".platform/{kind}/{step}" for kind in ("hooks", "confighooks") for step in ("prebuild", "predeploy", "postdeploy")
)


def dotenv(environment: Mapping[str, str]) -> str:
    """Elastic Beanstalk's .env: one unquoted NAME=value per line, with `$` doubled because Compose interpolates."""
    return "".join(f"{name}={value.replace('$', '$$')}\n" for name, value in sorted(environment.items()))


def configuration_files(root: Path) -> list[Path]:
    """The configuration files of a bundle, in the order in which they are read: those of every folder .ebextensions."""
    return sorted(root.glob("**/.ebextensions/*.config"), key=lambda file: file.relative_to(root).as_posix())


def sections(file: Path, root: Path) -> tuple[Sections, list[str]]:
    """The sections of one .ebextensions file that run before the application is built, and warnings about the file.

    Raises Failed for a file that is neither YAML nor JSON.
    """
    content, warnings = content_of(file, root)
    try:
        return parsed(content), warnings
    except UNREADABLE as error:
        return Sections(), [f"The configuration file {path_in(file, root)} is not valid and is ignored: {error}"]


def container_commands(file: Path, *, leader: bool, root: Path | None = None) -> tuple[list[Command], list[str]]:
    """The container_commands of one .ebextensions file, sorted by name, and warnings about the file.

    Raises Failed for a file that is neither YAML nor JSON.
    """
    bundle = root or file.parent.parent
    content, warnings = content_of(file, bundle)
    try:
        defined = content.get("container_commands") or {}
        commands = [
            (parsed_command(str(name), item), is_true(item.get("leader_only")))
            for name, item in defined.items()
            if "command" in item
        ]
    except UNREADABLE as error:
        return [], [f"The configuration file {path_in(file, bundle)} is not valid and is ignored: {error}"]
    # Names are sorted as text: 10 is before 2.
    commands.sort(key=lambda pair: pair[0].name)
    return [command for command, leader_only in commands if leader or not leader_only], warnings


def content_of(file: Path, root: Path) -> tuple[dict[str, Any], list[str]]:
    """The content of a configuration file, and warnings; empty if the file is to be skipped.

    A file with an unknown key is skipped; the cloud warned about it. Raises Failed.
    """
    path = path_in(file, root)
    try:
        if not file.is_file():
            raise ValueError("it is not a file, or its links lead nowhere")
        content = document(file, path) or {}
        if not isinstance(content, dict):
            raise TypeError("it is not a map of keys")
        return ({} if set(content) - KEYS else content), []
    except UNREADABLE as error:
        return {}, [f"The configuration file {path} is not valid and is ignored: {error}"]


def path_in(file: Path, root: Path) -> str:
    """A file's path in the bundle, as text of an event."""
    return printable(file.relative_to(root).as_posix())


def document(file: Path, path: str) -> Any:
    """A configuration file's content: YAML, else JSON, which may have tabs between its tokens. Raises Failed."""
    content = file.read_bytes()
    try:
        return yaml.safe_load(content)
    except yaml.YAMLError as no_yaml:
        try:
            return json.loads(content)
        except ValueError as no_json:
            raise Failed(
                f"The configuration file {path} contains invalid YAML or JSON. YAML exception: Invalid Yaml: "
                f"{no_yaml}, JSON exception: Invalid JSON: {no_json}. Update the configuration file."
            ) from no_yaml


def printable(text: str) -> str:
    """A file's name, which may have any bytes, as text of an event."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def prepare_hooks(root: Path) -> None:
    """Give hooks the execute permission, and lines of scripts the ends of Linux, as platforms do since 2022.

    Developer Guide, "Platform hooks": "automatically grants execute permissions" (since 2022-04-29) and "automatically
    converts Windows CRLF characters" (since 2022-12-29). A link stays what it is.
    """
    for folder in HOOK_FOLDERS:
        for hook in (root / folder).glob("*"):
            if hook.is_symlink() or not hook.is_file():
                continue
            hook.chmod(hook.stat().st_mode | 0o111)
            content = hook.read_bytes()
            if b"\r\n" in content and b"\0" not in content:
                hook.write_bytes(content.replace(b"\r\n", b"\n"))


def renamed_volumes(project: str, volumes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """New names for the volumes that Compose would name after the project.

    Every deployment has a new project name here, so that the remains of a killed deployment never conflict. On the
    platform, the project is always named after its folder, `current`, so its volumes survive a deployment.
    """
    return {key: {"name": f"current_{key}"} for key, volume in volumes.items() if volume["name"] == f"{project}_{key}"}
