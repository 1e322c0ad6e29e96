"""Locks on a state folder: one server works on it, and one command starts or stops that server."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER = "server.lock"
COMMAND = "command.lock"
PORTS = "ports.lock"


def shared_folder() -> Path:
    """The folder for locks between all clouds of one user, such as the lock for choosing a free port."""
    return Path(tempfile.gettempdir()) / f"dockdj-{os.getuid()}"


@contextmanager
def alone(folder: Path, name: str, *, wait: bool) -> Iterator[None]:
    """Hold a lock that ends with the process, even after kill -9.

    Without `wait`, raises BlockingIOError if another process holds the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def held(folder: Path, name: str) -> bool:
    """Return whether a process holds the lock."""
    try:
        with alone(folder, name, wait=False):
            return False
    except BlockingIOError:
        return True
