"""Real failures of SQLite: a lock of another process, a full disk, a reader that blocks the commit."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from dockdj.localcloud.state.database import State


def pragma(state: State, text: str) -> None:
    with state._lock:
        state._connection().execute(f"PRAGMA {text}").fetchall()


@contextmanager
def locked(state: State, path: Path) -> Iterator[None]:
    """Another process writes: BEGIN fails."""
    pragma(state, "busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def full(state: State, path: Path) -> Iterator[None]:
    """The disk is full: the statement fails, and SQLite may roll back by itself."""
    pages = state.rows("PRAGMA page_count")[0]["page_count"]
    pragma(state, f"max_page_count = {pages}")
    try:
        yield
    finally:
        pragma(state, "max_page_count = 1000000")


@contextmanager
def read(state: State, path: Path) -> Iterator[None]:
    """Another process reads a database without write-ahead log: COMMIT fails and leaves the transaction open."""
    pragma(state, "journal_mode = DELETE")
    pragma(state, "busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other, ExitStack() as reading:
        other.execute("BEGIN")
        reading.callback(other.execute, "ROLLBACK")
        other.execute("SELECT * FROM applications").fetchall()
        yield
