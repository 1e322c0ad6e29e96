"""Lookups in the state, with Elastic Beanstalk's errors for missing objects."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.state.database import Row, State, Subject
from dockdj.localcloud.state.status import EnvironmentStatus

NOT_TERMINATED = f"status != '{EnvironmentStatus.TERMINATED}'"
"""The SQL condition for environments that still exist; terminated ones stay in the table."""


def application(state: State, name: str) -> Row:
    """The application with this name. Raises ApiError."""
    row = state.row("SELECT * FROM applications WHERE name = ?", name)
    if row is None:
        raise invalid(f"No Application named '{name}' found.")
    return row


def version(state: State, application_name: str, label: str) -> Row:
    """The application version with this label. Raises ApiError."""
    row = state.row("SELECT * FROM versions WHERE application = ? AND label = ?", application_name, label)
    if row is None:
        raise invalid(f"No Application Version named '{label}' found.")
    return row


def environment(state: State, parameters: Mapping[str, Any]) -> Row:
    """The existing environment that EnvironmentId or EnvironmentName names. Raises ApiError."""
    environment_id, name = parameters.get("EnvironmentId"), parameters.get("EnvironmentName")
    if not environment_id and not name:
        raise ApiError("MissingParameter", "You must specify EnvironmentId or EnvironmentName.")
    column, value, member = (
        ("id", environment_id, "EnvironmentId") if environment_id else ("name", name, "EnvironmentName")
    )
    row = state.row(f"SELECT * FROM environments WHERE {column} = ? AND {NOT_TERMINATED}", value)
    if row is None or (name and row["name"] != name):
        raise invalid(f"No Environment found for {member} = '{value}'.")
    if parameters.get("ApplicationName") not in (None, row["application"]):
        raise invalid(f"No Environment found for {member} = '{value}'.")
    return row


def ready_environment(state: State, parameters: Mapping[str, Any]) -> Row:
    """The named environment. Raises ApiError if it does not exist or an operation runs on it."""
    row = environment(state, parameters)
    if row["status"] != EnvironmentStatus.READY:
        raise invalid(f"Environment named {row['name']} is in an invalid state for this operation. Must be Ready.")
    return row


def subject(environment_row: Row, label: str | None = None) -> Subject:
    """The subject of an event about an environment."""
    return Subject(environment_row["application"], environment_row["name"], label)


def new_environment_id() -> str:
    """A random id: `e-` and ten letters or digits."""
    return "e-" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(10))


def api_time(seconds: float) -> datetime:
    """A stored time as the API returns it: UTC without time zone, to the millisecond."""
    return datetime.fromtimestamp(round(seconds, 3), UTC).replace(tzinfo=None)
