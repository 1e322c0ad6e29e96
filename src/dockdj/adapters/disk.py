"""Files are written whole or not at all."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from dockdj.errors import UsageError
from dockdj.model.files import File


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` in one step: a reader or a killed run never sees half of it. Raises UsageError."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="choose another place") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def make_ignored(folder: Path) -> None:
    """Make a folder, unless it is there, that Git passes over whatever the project's own ignore file says."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")


def write_files(folder: Path, files: Iterable[File]) -> None:
    """Write files below `folder`, making the folders they need."""
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, file.content, mode=file.mode)
