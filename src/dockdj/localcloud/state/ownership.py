"""Locks on a state folder: one server works on it, and one command starts or stops that server."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dockdj.adapters import private_folder
from dockdj.adapters.beanstalk.control_socket import SERVER_LOCK
from dockdj.errors import Refused
from dockdj.events import Report, Warned, silent

SERVER = SERVER_LOCK
COMMAND = "command.lock"
PORTS = "ports.lock"
QUIET_SECONDS = 1.0
"""The time that a run waits for a lock before it says so."""
TRY_SECONDS = 0.05


def shared_folder() -> Path:
    """The folder for locks between all clouds of one user, such as the lock for choosing a free port."""
    return private_folder.runtime_folder()


@contextmanager
def alone(folder: Path, name: str, *, wait: bool, report: Report = silent) -> Iterator[None]:
    """Hold a lock that ends with the process, even after kill -9.

    Without `wait`, raises BlockingIOError if another process holds the lock. With `wait`, a wait of more than a second
    is reported with the process that holds the lock. Raises Refused if the folder or the lock is not this user's.
    """
    private_folder.ensure(folder)
    handle = _open(folder / name)
    try:
        if wait:
            _wait(handle, folder / name, report)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def held(folder: Path, name: str) -> bool:
    """Return whether a process holds the lock."""
    if not (folder / name).exists():
        return False
    handle = _open(folder / name)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def holder(folder: Path, name: str) -> int | None:
    """The process that last wrote its id into the lock. None if no process did, as earlier versions of dockdj."""
    try:
        return int((folder / name).read_text())
    except (OSError, ValueError):
        return None


def _open(path: Path) -> int:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        reason = "is a link" if path.is_symlink() else f"cannot be opened: {error.strerror}"
        raise Refused(f"the lock {path} {reason}", hint=f"ls -l {path}") from error
    return handle


def _wait(handle: int, path: Path, report: Report) -> None:
    """Wait for the lock of an open file; report the wait if it is not short."""
    deadline = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(TRY_SECONDS)
        else:
            return
    pid = holder(path.parent, path.name)
    by = f"process {pid} holds" if pid else "another process holds"
    report(Warned(f"waiting: {by} the lock {path}"))
    fcntl.flock(handle, fcntl.LOCK_EX)
