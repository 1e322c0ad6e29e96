"""Who works on a state folder: one server, and one command that starts or stops it."""

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
    """Where the clouds of one user meet: who looks for a free port and takes it must not be overtaken between."""
    return Path(tempfile.gettempdir()) / f"dockdj-{os.getuid()}"


@contextmanager
def alone(folder: Path, name: str, *, wait: bool) -> Iterator[None]:
    """Hold a lock that ends with the process, kill -9 included. Raises BlockingIOError when held and not waiting."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def held(folder: Path, name: str) -> bool:
    """Whether somebody holds the lock now."""
    try:
        with alone(folder, name, wait=False):
            return False
    except BlockingIOError:
        return True
