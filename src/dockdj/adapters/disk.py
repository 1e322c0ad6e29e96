"""Files of this machine: UTF-8 texts, atomic writes, and locks that one run holds at a time."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dockdj.adapters import file_calls, whole_file
from dockdj.adapters.whole_file import write_all
from dockdj.errors import CommandFailed, ProjectError, UsageError
from dockdj.model.files import File

# Failures of the disk. Other errors mean a wrong path.
DISK_FAILURES = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))
COPIED_BYTES = 1 << 20


def text_of(folder: Path, name: str) -> str:
    """The text of a file that people write, `name` relative to `folder`; line ends become LF.

    Raises ProjectError, naming the file, if it cannot be read or is not UTF-8.
    """
    return decoded(content_of(folder, name), name)


def content_of(folder: Path, name: str) -> bytes:
    """The content of a file that people write, `name` relative to `folder`. Raises ProjectError, naming the file."""
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise ProjectError(f"{name} cannot be read: {error.strerror}") from error


def decoded(content: bytes, name: str) -> str:
    """The text in a file's content; line ends become LF. Raises as `unicode_of` does."""
    return unicode_of(content, name).replace("\r\n", "\n").replace("\r", "\n")


def unicode_of(content: bytes, name: str) -> str:
    """The text in a file's content. Raises ProjectError, naming the file and the place, if it is not UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ProjectError(
            f"{name} is not UTF-8: line {line}, byte {error.start} of the file", hint=f"save {name} as UTF-8"
        ) from error


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` in one step: a reader, a killed run or a power cut sees the old content or the new, whole.

    A failure leaves the old file. Raises UsageError if the place cannot be written, CommandFailed if the disk fails.
    """
    with typed(path):
        whole_file.replace(path, (content,), prefix=f".{path.name}.", mode=mode)


def append_line(path: Path, line: bytes) -> None:
    """Add a line to a file, which is created if missing, with one write, so that two processes do not mix their lines.

    A partial line, which a killed run or a full disk may have left, does not swallow this one. Raises as
    `write_atomically` does.
    """
    with typed(path), _opened(path, os.O_RDWR | os.O_APPEND | os.O_CREAT) as handle:
        size = os.lseek(handle, 0, os.SEEK_END)
        whole = size == 0 or os.pread(handle, 1, size - 1) == b"\n"
        write_all(handle, (b"" if whole else b"\n") + line + b"\n")
        file_calls.sync(handle)


def write(path: Path, content: bytes) -> None:
    """Write a file that this run alone reads. Raises as `write_atomically` does."""
    with typed(path), _opened(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as handle:
        write_all(handle, content)


def rename(old: Path, new: Path) -> None:
    """Give a file or folder another name. Raises as `write_atomically` does."""
    with typed(new):
        file_calls.rename(old, new)


def copy(source: str, destination: str) -> None:
    """Copy a file with its permissions, as `shutil.copytree` wants it. Raises OSError."""
    with _opened(Path(destination), os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as handle, Path(source).open("rb") as file:
        while piece := file.read(COPIED_BYTES):
            write_all(handle, piece)
        file_calls.change_mode(handle, stat.S_IMODE(os.fstat(file.fileno()).st_mode))


@contextmanager
def typed(path: Path) -> Iterator[None]:
    """Turn OSError into UsageError or CommandFailed. `path` is the file that was to be written."""
    try:
        yield
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}"
        if error.errno in DISK_FAILURES:
            raise CommandFailed(
                message, hint=f"free space (df -h {path.parent}), and run the same command again"
            ) from error
        raise UsageError(message, hint="choose another place") from error


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    handle = file_calls.open_file(path, flags)
    try:
        yield handle
    finally:
        os.close(handle)


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
    """Create a folder that Git ignores, whatever the project's ignore file says; an existing folder is kept.

    Raises as `write_atomically` does.
    """
    ignore = folder / ".gitignore"
    with typed(ignore):
        folder.mkdir(parents=True, exist_ok=True)
    if not ignore.exists():
        write_atomically(ignore, b"*\n")


def write_files(folder: Path, files: Iterable[File]) -> None:
    """Write files below `folder` and create the folders they need."""
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, file.content, mode=file.mode)
