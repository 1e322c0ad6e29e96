"""Folders that only this user can open: created with mode 0700, never reached through a planted link."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dockdj.errors import Refused

MODE = 0o700
OTHERS = 0o077


def state_home() -> Path:
    """The folder of this user's state: $XDG_STATE_HOME, else ~/.local/state. A relative path is ignored."""
    base = Path(os.environ.get("XDG_STATE_HOME", ""))
    return base if base.is_absolute() else Path.home() / ".local" / "state"


def runtime_folder() -> Path:
    """The folder for locks between all runs of this user; `ensure` creates it.

    It is in $XDG_RUNTIME_DIR if that is an absolute path of a folder that only this user can open, else in
    `state_home`. It is never in the folder for temporary files, because every user can create names there.
    """
    base = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    return (base if base.is_absolute() and _is_private(base) else state_home()) / "dockdj"


def ensure(folder: Path) -> None:
    """Create a private folder and its parents; tighten the mode of an existing folder of this user.

    Raises Refused if the name is a link, a file or the folder of another user, or if it cannot be created.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir(mode=MODE)
    except OSError as error:
        raise Refused(f"the folder {folder} cannot be created: {error.strerror}") from error
    with opened(folder) as handle:
        if os.fstat(handle).st_mode & OTHERS:
            os.fchmod(handle, MODE)


@contextmanager
def opened(folder: Path) -> Iterator[int]:
    """A handle of an existing folder of this user. Raises Refused for a link, a file or another user's folder."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        reason = "is a link" if folder.is_symlink() else f"cannot be opened: {error.strerror}"
        raise Refused(f"the folder {folder} {reason}", hint=_look(folder)) from error
    try:
        owner = os.fstat(handle).st_uid
        if owner != os.getuid():
            raise Refused(f"the folder {folder} belongs to another user ({owner})", hint=_look(folder))
        yield handle
    finally:
        os.close(handle)


def _is_private(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & OTHERS


def _look(folder: Path) -> str:
    return f"ls -ld {folder}"
