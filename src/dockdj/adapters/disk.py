"""Files of this machine: UTF-8 texts, atomic writes, and locks that one run holds at a time."""

import fcntl
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dockdj.errors import ProjectError, UsageError
from dockdj.model.files import File


def text_of(folder: Path, name: str) -> str:
    """The text of a file that people write, `name` relative to `folder`; line ends become LF.

    Raises ProjectError, naming the file, if it cannot be read or is not UTF-8.
    """
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ProjectError(f"{name} cannot be read: {error.strerror}") from error
    return decoded(content, name)


def decoded(content: bytes, name: str) -> str:
    """The text in a file's content. Raises ProjectError, naming the file and the place, if it is not UTF-8."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ProjectError(
            f"{name} is not UTF-8: line {line}, byte {error.start} of the file", hint=f"save {name} as UTF-8"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` in one step, so that neither a reader nor a killed run sees half of it. Raises UsageError."""
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


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock of this machine. The lock file is created if missing and stays: removing it would let two runs in.

    The kernel frees the lock when its holder ends, even if killed. Raises BlockingIOError if another run holds the
    lock and `wait` is false, OSError if the file cannot be created.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def make_ignored(folder: Path) -> None:
    """Create a folder that Git ignores, whatever the project's ignore file says; an existing folder is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")


def write_files(folder: Path, files: Iterable[File]) -> None:
    """Write files below `folder` and create the folders they need."""
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, file.content, mode=file.mode)
