"""The system calls that change the files of this machine, one function each: tests put failures in their place."""

import os
import tempfile
from pathlib import Path


def create(folder: Path, prefix: str) -> tuple[int, Path]:
    """Create a file with a new name that only its owner reads; return its handle and path."""
    handle, path = tempfile.mkstemp(dir=folder, prefix=prefix)
    return handle, Path(path)


def open_file(path: Path, flags: int) -> int:
    """Open a file and return its handle. A new file can be read by everybody."""
    return os.open(path, flags, 0o644)


def write(handle: int, content: bytes | memoryview) -> int:
    """Write the beginning of some bytes; return how many were written."""
    return os.write(handle, content)


def sync(handle: int) -> None:
    """Wait until a file's content is on the disk."""
    os.fsync(handle)


def change_mode(handle: int, mode: int) -> None:
    """Set the permissions of an open file."""
    os.fchmod(handle, mode)


def rename(old: Path, new: Path) -> None:
    """Give a file or folder another name; a file that has the name is replaced."""
    old.replace(new)


def sync_folder(folder: Path) -> None:
    """Wait until a folder's names are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
