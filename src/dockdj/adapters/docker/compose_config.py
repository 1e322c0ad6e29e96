"""Compose files as Compose reads them: the answers of `docker compose config`, which needs no engine."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from dockdj.adapters import shell
from dockdj.adapters.docker import versions
from dockdj.errors import CommandFailed, ProjectError
from dockdj.model import json_document

# Variables, paths and short forms stay as the file has them.
AS_WRITTEN = ("--no-interpolate", "--no-path-resolution", "--no-normalize")
# A file that is not on this machine is a mistake, and no reason to ask another host.
OFFLINE = {"COMPOSE_EXPERIMENTAL_GIT_REMOTE": "false", "COMPOSE_EXPERIMENTAL_OCI_REMOTE": "false"}
# Compose reads a file of 1,000 services in a second.
SECONDS = 60
_LOG = re.compile(r'^time="[^"]*" level=\w+ msg="(?P<message>.*)"$')


def resolved(file: Path, name: str) -> Mapping[str, Any]:
    """The document of a compose file: anchors, `include` and `extends` are resolved, variables and paths are kept.

    `name` is the file's path in the project. Raises ProjectError with Compose's own cause when Compose refuses the
    file, MissingTool without Compose, TimedOut.
    """
    return _config(["docker", "compose"], file, name, AS_WRITTEN)


def interpolated(file: Path, name: str, variables: Mapping[str, str], unset: Collection[str] = ()) -> Mapping[str, Any]:
    """The document of a compose file with these variables in place, whatever this process's own are.

    The variables named `unset` have no value. Raises as `resolved` does.
    """
    absent = [f"--unset={variable}" for variable in sorted(unset) if variable not in variables]
    return _config(["env", *absent, "docker", "compose", "--project-name", "dockdj"], file, name, (), variables)


def _config(
    program: list[str], file: Path, name: str, options: tuple[str, ...], variables: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    versions.require_compose()
    where = ("--env-file", "/dev/null", "--file", str(file), "--project-directory", str(file.parent))
    argv = [*program, *where, "--profile", "*", "config", *options, "--format", "json"]
    answer = shell.capture(argv, env={**(variables or {}), **OFFLINE}, check=False, timeout=SECONDS)
    if answer.status != 0:
        raise ProjectError(
            f"Compose refuses {name}: {cause(answer.stderr, file)}", hint=f"look: docker compose -f {name} config"
        )
    try:
        return json_document.table(json_document.parse(answer.stdout))
    except ValueError as error:
        raise CommandFailed(
            f"`docker compose config` gives no document of {name}: {error}", hint="upgrade Docker Compose"
        ) from error


def cause(stderr: str, file: Path) -> str:
    """Compose's cause of a refusal, with the file's paths relative to its folder."""
    lines = [line for line in map(_message, stderr.splitlines()) if line.strip()]
    text = "\n  ".join(lines[-3:]) or "it does not say why"
    return text.removeprefix(f"validating {file}: ").replace(f"{file.parent}/", "").replace(str(file.parent), ".")


def _message(line: str) -> str:
    match = _LOG.match(line)
    if match is None:
        return line
    return "" if "level=warning" in line else match["message"]
