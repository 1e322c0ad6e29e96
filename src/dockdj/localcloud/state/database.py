"""What the local cloud knows, in one SQLite file: it survives restarts and kill -9."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

Row = dict[str, Any]
"""A row's columns by name."""

APART_MS = 2
"""`eb` asks for events later than the last one plus 1 ms, so two events are never closer than this."""

# Columns of schema.sql that the tables of an earlier version lack.
ADDED = (("environments", "stack", "TEXT NOT NULL DEFAULT '64bit Amazon Linux 2023 v4.6.0 running Docker'"),)


@dataclass(frozen=True)
class Subject:
    """What an event is about."""

    application: str
    environment: str | None = None
    label: str | None = None


class State:
    """Rows in, rows out. One connection: whoever is inside `transaction` is alone."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(files("dockdj.localcloud.state").joinpath("schema.sql").read_text())
        for table, column, kind in ADDED:
            if column not in {row["name"] for row in self.rows(f"PRAGMA table_info({table})")}:
                self._connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; on disk when it is left. May be entered again inside."""
        with self._lock:
            if self._depth:
                yield
                return
            self._depth = 1
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth = 0

    def rows(self, query: str, *values: Any) -> list[Row]:
        """The rows that a SELECT finds."""
        with self._lock:
            return [dict(row) for row in self._connection.execute(query, values)]

    def row(self, query: str, *values: Any) -> Row | None:
        """The first row that a SELECT finds."""
        found = self.rows(query, *values)
        return found[0] if found else None

    def change(self, statement: str, *values: Any) -> int:
        """Run an INSERT, UPDATE or DELETE; the number of rows it touched."""
        with self.transaction():
            return self._connection.execute(statement, values).rowcount

    def insert(self, table: str, **columns: Any) -> None:
        """Add one row."""
        marks = ", ".join("?" for _ in columns)
        self.change(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", *columns.values())

    def options(self, environment_id: str) -> dict[tuple[str, str], str]:
        """The option settings that were given for an environment, by namespace and name."""
        found = self.rows("SELECT namespace, name, value FROM options WHERE environment = ?", environment_id)
        return {(row["namespace"], row["name"]): row["value"] for row in found}

    def set_options(self, environment_id: str, options: Mapping[tuple[str, str], str]) -> None:
        """Replace an environment's option settings."""
        with self.transaction():
            self.change("DELETE FROM options WHERE environment = ?", environment_id)
            for (namespace, name), value in options.items():
                self.insert("options", environment=environment_id, namespace=namespace, name=name, value=value)

    def emit(self, about: Subject, request_id: str, severity: str, message: str) -> None:
        """Add an event, at least APART_MS after the one before it."""
        with self.transaction():
            last = self.row("SELECT max(at) AS at FROM events")
            at = max(int(time.time() * 1000), (last["at"] or 0) + APART_MS if last else 0)
            self.insert(
                "events",
                at=at,
                application=about.application,
                environment=about.environment,
                label=about.label,
                severity=severity,
                message=message,
                request=request_id,
            )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def among(column: str, values: Sequence[Any] | None) -> tuple[str, tuple[Any, ...]]:
    """The condition that a column has one of these values; nothing asked means all."""
    if not values:
        return "1", ()
    return f"{column} IN ({', '.join('?' for _ in values)})", tuple(values)
