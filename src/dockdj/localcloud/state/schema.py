"""Open a state database: check that it is whole and not newer than this dockdj, and add what its tables lack."""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from pathlib import Path

from dockdj.localcloud.state.failure import RESET, RETRY, StateDamaged, StateFailed

FORMAT = 1
"""The format of the tables, in the database's `user_version`. Databases of the first releases have 0."""

# Columns of schema.sql that the tables of an earlier version lack.
ADDED_COLUMNS = (
    ("applications", "lifecycle", "TEXT NOT NULL DEFAULT ''"),
    ("environments", "stack", "TEXT NOT NULL DEFAULT '64bit Amazon Linux 2023 v4.6.0 running Docker'"),
    ("environments", "balancer", "TEXT NOT NULL DEFAULT ''"),
    ("environments", "size", "INTEGER NOT NULL DEFAULT 0"),
    ("environments", "operation", "TEXT NOT NULL DEFAULT ''"),
    ("environments", "instance_group", "TEXT NOT NULL DEFAULT ''"),
    ("environments", "abortable", "INTEGER NOT NULL DEFAULT 0"),
    ("environments", "former", "TEXT NOT NULL DEFAULT ''"),
)
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def connect(path: Path) -> sqlite3.Connection:
    """Open the database, which is created if it does not exist.

    Raises StateDamaged if its content is not usable, and StateFailed if it cannot be opened.
    """
    if _emptied(path):
        raise StateDamaged(f"{path} is empty, although the cloud has objects in S3", hint=RESET)
    try:
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    except sqlite3.Error as error:
        raise StateFailed(f"{path} could not be opened: {error}", hint=RETRY) from error
    try:
        connection.row_factory = sqlite3.Row
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        name = getattr(error, "sqlite_errorname", "")
        # An error of the SQL itself means that tables or columns are missing.
        if name.startswith(DAMAGED) or name == "SQLITE_ERROR":
            raise StateDamaged(f"{path} is damaged: {error}", hint=RESET) from error
        raise StateFailed(f"{path} could not be opened: {error}", hint=RETRY) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > FORMAT:
        newer = f"{path} was written by a newer dockdj (format {version}, this dockdj reads {FORMAT})"
        raise StateDamaged(newer, hint=f"upgrade dockdj, or {RESET}")
    [[verdict]] = connection.execute("PRAGMA quick_check(1)").fetchall()
    if verdict != "ok":
        raise StateDamaged(f"{path} is damaged: {verdict}", hint=RESET)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.executescript(files("dockdj.localcloud.state").joinpath("schema.sql").read_text())
    for table, column, definition in ADDED_COLUMNS:
        if column not in {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {definition}")
    if version != FORMAT:
        connection.execute(f"PRAGMA user_version = {FORMAT}")


def _emptied(path: Path) -> bool:
    """Return whether a database of a cloud that has served before is empty. The first start may leave it so."""
    return path.exists() and path.stat().st_size == 0 and (path.parent / "s3").is_dir()
