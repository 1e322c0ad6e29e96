"""Counts the programs that the product starts."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def started(monkeypatch: pytest.MonkeyPatch, program: str) -> Iterator[list[tuple[str, ...]]]:
    """The command lines of a program that this process starts while the context lasts, for Git without its `-C`."""
    commands: list[tuple[str, ...]] = []

    class Counted(subprocess.Popen[Any]):
        def __init__(self, argv: list[str], *arguments: Any, **options: Any) -> None:
            if argv[0] == program:
                commands.append(tuple(argv[3:] if argv[1] == "-C" else argv[1:]))
            super().__init__(argv, *arguments, **options)

    with monkeypatch.context() as patch:
        # `subprocess.run` looks the name up, too: no way around `adapters.shell` is missed.
        patch.setattr(subprocess, "Popen", Counted)
        yield commands
