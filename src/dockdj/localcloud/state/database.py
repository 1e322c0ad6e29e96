"""The state of the local cloud in one SQLite file, which survives restarts and kill -9."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockdj.localcloud.contract import Severity
from dockdj.localcloud.state import schema
from dockdj.localcloud.state.failure import RETRY, StateClosed, StateFailed

Row = dict[str, Any]
"""A row's columns by name."""

Condition = tuple[str, tuple[Any, ...]]
"""An SQL condition with its values."""

EVENT_DISTANCE_MS = 2
"""`eb` asks for events later than the last one plus 1 ms, so two events are never closer than this."""


@dataclass(frozen=True)
class Subject:
    """The application, environment and version that an event is about."""

    application: str
    environment: str | None = None
    label: str | None = None


class State:
    """Access to the tables. There is one connection, so a thread inside `transaction` excludes all others."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._inside = False
        self._closed = False
        self._open: sqlite3.Connection | None = schema.connect(path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes or none. They are on disk when the block ends. Transactions may be nested.

        Raises StateFailed if SQLite cannot begin or commit. The changes are then rolled back.
        """
        with self._lock:
            if self._inside:
                yield
                return
            self._execute("BEGIN IMMEDIATE")
            self._inside = True
            try:
                yield
                self._execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._inside = False

    def rows(self, query: str, *values: Any) -> list[Row]:
        """All rows of a SELECT. Raises StateFailed."""
        with self._lock, _failures(self._path):
            return [dict(row) for row in self._connection().execute(query, values)]

    def row(self, query: str, *values: Any) -> Row | None:
        """The first row of a SELECT."""
        rows = self.rows(query, *values)
        return rows[0] if rows else None

    def change(self, statement: str, *values: Any) -> int:
        """Run an INSERT, UPDATE or DELETE and return the number of affected rows. Raises StateFailed."""
        with self.transaction():
            return self._execute(statement, *values).rowcount

    def insert(self, table: str, **columns: Any) -> None:
        """Insert one row."""
        marks = ", ".join("?" for _ in columns)
        self.change(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", *columns.values())

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
        """Close the connection. Every later call raises StateClosed."""
        with self._lock:
            self._disconnect()
            self._closed = True

    def _execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        with _failures(self._path):
            connection = self._connection()
            # SQLite itself rolls back after some errors. A later statement would then be stored without the earlier.
            if self._inside and not connection.in_transaction:
                raise sqlite3.OperationalError("SQLite rolled the transaction back")
            return connection.execute(statement, values)

    def _connection(self) -> sqlite3.Connection:
        """The connection. It is opened again after a rollback that failed."""
        if self._closed:
            raise StateClosed(f"{self._path} is closed: the local cloud is stopping")
        if self._open is None:
            self._open = schema.connect(self._path)
        return self._open

    def _roll_back(self) -> None:
        """Undo the open transaction, if necessary by closing the connection."""
        if self._open is None or not self._open.in_transaction:
            return
        try:
            self._open.execute("ROLLBACK")
        except sqlite3.Error:
            logging.exception("could not roll back: the database is opened again")
            self._disconnect()

    def _disconnect(self) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    """Raise an error of SQLite as StateFailed, except a violated constraint, which is a mistake of the caller."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise StateFailed(f"{path} could not be read or written: {error}", hint=RETRY) from error


def among(column: str, values: Sequence[Any] | None) -> Condition:
    """The condition that a column has one of these values. Without values, every row matches."""
    if not values:
        return "1", ()
    return f"{column} IN ({', '.join('?' for _ in values)})", tuple(values)


def all_of(conditions: Sequence[Condition]) -> Condition:
    """The conjunction of conditions."""
    text = " AND ".join(condition for condition, _ in conditions) or "1"
    return text, tuple(value for _, values in conditions for value in values)
