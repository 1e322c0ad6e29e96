"""Durable writes: file and folder are fsynced before a function returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dockdj.adapters import file_calls, whole_file
from dockdj.localcloud.state.failure import RETRY, StateFailed

MODE = 0o600
UNFINISHED = ".writing-"
"""The prefix of files that a killed write leaves."""


def write(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Replace a file, which only this user can read, atomically and fsync it and its folder. Raises StateFailed."""
    with _failures(path):
        pieces = [content] if isinstance(content, bytes) else content
        whole_file.replace(path, pieces, prefix=UNFINISHED, mode=MODE)


def remove(path: Path) -> None:
    """Remove a file, which may be missing, and fsync its folder. Raises StateFailed."""
    with _failures(path):
        path.unlink(missing_ok=True)
        file_calls.sync_folder(path.parent)


def create_folder(path: Path) -> None:
    """Create a folder unless it exists, and fsync its parent. Raises StateFailed."""
    with _failures(path):
        path.mkdir(exist_ok=True)
        file_calls.sync_folder(path.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder that is empty but for unfinished files, and fsync its parent. Raises StateFailed."""
    with _failures(path):
        for unfinished in path.glob(f"{UNFINISHED}*"):
            unfinished.unlink()
        path.rmdir()
        file_calls.sync_folder(path.parent)


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateFailed(f"{path} could not be changed: {error.strerror or error}", hint=RETRY) from error
