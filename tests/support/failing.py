"""Let one change of a file fail: in a test with `failing_at`, or `python -m tests.support.failing NUMBER -- ARGUMENTS`.

The calls of `adapters/file_calls.py` are counted from 1. The failing call finds the disk full. A failing write has
written half of its bytes before. The program exits with 99 if the command ended before its call of this number. With 0
no call fails.
"""

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dockdj.adapters import file_calls
from dockdj.cli import main as command_line

CALLS = ("create", "open_file", "write", "sync", "change_mode", "rename", "sync_folder")
NOT_REACHED = 99


@contextmanager
def failing_at(number: int) -> Iterator[list[str]]:
    """Let the call of this number fail. The list receives the names of the calls."""
    names: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(file_calls, name, _counting(name, getattr(file_calls, name), names, number))
        yield names


def _counting(name: str, call: Callable[..., Any], names: list[str], number: int) -> Callable[..., Any]:
    def counting(*arguments: Any) -> Any:
        names.append(name)
        if len(names) != number:
            return call(*arguments)
        if name == "write":
            handle, content = arguments
            call(handle, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return counting


def main() -> None:
    number = int(sys.argv[1])
    with failing_at(number) as names:
        status = command_line.main(sys.argv[sys.argv.index("--") + 1 :])
    if number > len(names):
        print(f"{len(names)} calls", file=sys.stderr)
        sys.exit(NOT_REACHED)
    if number:
        print(f"failed: call {number}, {names[number - 1]}", file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
