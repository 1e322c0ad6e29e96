"""A `docker` on PATH that records command lines, input and variables, and ends with a chosen status."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = """#!/bin/sh
printf '%s\\n' "$*" >>"{folder}/argv"
env >>"{folder}/variables"
[ -t 0 ] || cat >>"{folder}/stdin"
case "$*" in {failing}) echo "refused: $*" >&2; exit 1;; esac
echo answer
"""


@dataclass(frozen=True)
class FakeDocker:
    """The records of the calls, as texts."""

    folder: Path

    @property
    def argv(self) -> str:
        return self._text("argv")

    @property
    def variables(self) -> str:
        return self._text("variables")

    @property
    def stdin(self) -> str:
        return self._text("stdin")

    def _text(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, *, failing: str = "nothing") -> FakeDocker:
    """Put the program first on PATH. Calls whose words match the shell pattern `failing` repeat them and fail."""
    program = folder / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(SCRIPT.format(folder=folder, failing=failing))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return FakeDocker(folder)
