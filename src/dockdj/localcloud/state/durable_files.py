"""Durable writes: file and folder are fsynced before a function returns."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dockdj.adapters.file_calls import sync_folder
from dockdj.localcloud.state.failure import RETRY, StateFailed

UNFINISHED = ".writing-"
"""The prefix of files that a killed write leaves."""


def write(path: Path, content: bytes | Iterable[bytes], *, mode: int = 0o600) -> None:
    """Replace a file atomically and fsync it and its folder. Raises StateFailed."""
    with _failures(path):
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in [content] if isinstance(content, bytes) else content:
                    file.write(chunk)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove a file, which may be missing, and fsync its folder. Raises StateFailed."""
    with _failures(path):
        path.unlink(missing_ok=True)
        sync_folder(path.parent)


def create_folder(path: Path) -> None:
    """Create a folder unless it exists, and fsync its parent. Raises StateFailed."""
    with _failures(path):
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder that is empty but for unfinished files, and fsync its parent. Raises StateFailed."""
    with _failures(path):
        for unfinished in path.glob(f"{UNFINISHED}*"):
            unfinished.unlink()
        path.rmdir()
        sync_folder(path.parent)


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateFailed(f"{path} could not be changed: {error.strerror or error}", hint=RETRY) from error
