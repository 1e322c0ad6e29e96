"""Require that the engine's client has plugins of a supported version. The process asks each plugin once."""

import os

from dockdj.adapters import shell
from dockdj.events import Report, Warned, silent
from dockdj.model.oldest_versions import BUILDX, COMPOSE, Program, require

ANSWER_SECONDS = 20
# The variables that decide which plugins the client has.
CLIENT_VARIABLES = ("PATH", "DOCKER_CONFIG", "HOME")
# A plugin's call -> the warning about its version, empty for a supported one.
_WARNINGS: dict[tuple[str, ...], str] = {}
_REPORTED: set[tuple[str, ...]] = set()


def require_compose(report: Report = silent) -> None:
    """Raise MissingTool if Compose is too old; warn if its version cannot be read."""
    _require_plugin(COMPOSE, ("docker", "compose", "version", "--short"), report)


def require_buildx(report: Report = silent) -> None:
    """Raise MissingTool if Buildx is too old; warn if its version cannot be read."""
    _require_plugin(BUILDX, ("docker", "buildx", "version"), report)


def _require_plugin(program: Program, argv: tuple[str, ...], report: Report) -> None:
    key = (*argv, *(os.environ.get(name, "") for name in CLIENT_VARIABLES))
    if key not in _WARNINGS:
        answer = shell.capture(argv, check=False, timeout=ANSWER_SECONDS)
        # The command that needs a missing plugin names it.
        if answer.status != 0:
            return
        _WARNINGS[key] = require(program, answer.stdout)
    if _WARNINGS[key] and report is not silent and key not in _REPORTED:
        _REPORTED.add(key)
        report(Warned(_WARNINGS[key]))
