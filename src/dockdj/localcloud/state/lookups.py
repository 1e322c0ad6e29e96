"""Looking things up in the state, with Elastic Beanstalk's words for what is not there."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.state.database import Row, State, Subject

LIVING = "status != 'Terminated'"


def application(state: State, name: str) -> Row:
    """The application of this name. Raises ApiError."""
    found = state.row("SELECT * FROM applications WHERE name = ?", name)
    if found is None:
        raise invalid(f"No Application named '{name}' found.")
    return found


def version(state: State, application_name: str, label: str) -> Row:
    """The application version of this label. Raises ApiError."""
    found = state.row("SELECT * FROM versions WHERE application = ? AND label = ?", application_name, label)
    if found is None:
        raise invalid(f"No Application Version named '{label}' found.")
    return found


def environment(state: State, given: Mapping[str, Any]) -> Row:
    """The living environment that EnvironmentId or EnvironmentName names. Raises ApiError."""
    identity, name = given.get("EnvironmentId"), given.get("EnvironmentName")
    if not identity and not name:
        raise ApiError("MissingParameter", "You must specify EnvironmentId or EnvironmentName.")
    column, value, member = ("id", identity, "EnvironmentId") if identity else ("name", name, "EnvironmentName")
    found = state.row(f"SELECT * FROM environments WHERE {column} = ? AND {LIVING}", value)
    if found is None or (name and found["name"] != name):
        raise invalid(f"No Environment found for {member} = '{value}'.")
    if given.get("ApplicationName") not in (None, found["application"]):
        raise invalid(f"No Environment found for {member} = '{value}'.")
    return found


def ready(state: State, given: Mapping[str, Any]) -> Row:
    """The environment, when it can be changed now. Raises ApiError while an operation runs on it."""
    found = environment(state, given)
    if found["status"] != "Ready":
        raise invalid(f"Environment named {found['name']} is in an invalid state for this operation. Must be Ready.")
    return found


def subject(row: Row, label: str | None = None) -> Subject:
    """What an event about an environment is about."""
    return Subject(row["application"], row["name"], label)


def new_environment_id() -> str:
    """`e-` and ten letters or digits."""
    return "e-" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(10))


def moment(seconds: float) -> datetime:
    """A time of the state as the API gives it, to the millisecond."""
    return datetime.fromtimestamp(round(seconds, 3), UTC).replace(tzinfo=None)
