"""The state of the local cloud in one SQLite file, which survives restarts and kill -9."""

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

from dockdj.localcloud.contract import Severity

Row = dict[str, Any]
"""A row's columns by name."""

Condition = tuple[str, tuple[Any, ...]]
"""An SQL condition with its values."""

EVENT_DISTANCE_MS = 2
"""`eb` asks for events later than the last one plus 1 ms, so two events are never closer than this."""

# Columns of schema.sql that the tables of an earlier version lack.
ADDED_COLUMNS = (("environments", "stack", "TEXT NOT NULL DEFAULT '64bit Amazon Linux 2023 v4.6.0 running Docker'"),)


@dataclass(frozen=True)
class Subject:
    """The application, environment and version that an event is about."""

    application: str
    environment: str | None = None
    label: str | None = None


class State:
    """Access to the tables. There is one connection, so a thread inside `transaction` excludes all others."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(files("dockdj.localcloud.state").joinpath("schema.sql").read_text())
        for table, column, definition in ADDED_COLUMNS:
            if column not in {row["name"] for row in self.rows(f"PRAGMA table_info({table})")}:
                self._connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {definition}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes or none. They are on disk when the block ends. Transactions may be nested."""
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
        """All rows of a SELECT."""
        with self._lock:
            return [dict(row) for row in self._connection.execute(query, values)]

    def row(self, query: str, *values: Any) -> Row | None:
        """The first row of a SELECT."""
        rows = self.rows(query, *values)
        return rows[0] if rows else None

    def change(self, statement: str, *values: Any) -> int:
        """Run an INSERT, UPDATE or DELETE and return the number of affected rows."""
        with self.transaction():
            return self._connection.execute(statement, values).rowcount

    def insert(self, table: str, **columns: Any) -> None:
        """Insert one row."""
        marks = ", ".join("?" for _ in columns)
        self.change(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", *columns.values())

    def update_environment(self, environment_id: str, **columns: Any) -> None:
        """Set columns of one environment."""
        assignments = ", ".join(f"{column} = ?" for column in columns)
        self.change(f"UPDATE environments SET {assignments} WHERE id = ?", *columns.values(), environment_id)

    def options(self, environment_id: str) -> dict[tuple[str, str], str]:
        """An environment's option settings without defaults, by namespace and name."""
        rows = self.rows("SELECT namespace, name, value FROM options WHERE environment = ?", environment_id)
        return {(row["namespace"], row["name"]): row["value"] for row in rows}

    def set_options(self, environment_id: str, options: Mapping[tuple[str, str], str]) -> None:
        """Replace an environment's option settings."""
        with self.transaction():
            self.change("DELETE FROM options WHERE environment = ?", environment_id)
            for (namespace, name), value in options.items():
                self.insert("options", environment=environment_id, namespace=namespace, name=name, value=value)

    def emit(self, about: Subject, request_id: str, severity: Severity, message: str) -> None:
        """Add an event, at least EVENT_DISTANCE_MS after the previous one."""
        with self.transaction():
            last = self.row("SELECT max(at) AS at FROM events")
            at = max(int(time.time() * 1000), (last["at"] or 0) + EVENT_DISTANCE_MS if last else 0)
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
        """Close the connection."""
        with self._lock:
            self._connection.close()


def among(column: str, values: Sequence[Any] | None) -> Condition:
    """The condition that a column has one of these values. Without values, every row matches."""
    if not values:
        return "1", ()
    return f"{column} IN ({', '.join('?' for _ in values)})", tuple(values)


def all_of(conditions: Sequence[Condition]) -> Condition:
    """The conjunction of conditions."""
    text = " AND ".join(condition for condition, _ in conditions) or "1"
    return text, tuple(value for _, values in conditions for value in values)
