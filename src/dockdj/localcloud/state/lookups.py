"""Lookups in the state, with Elastic Beanstalk's errors for missing objects."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.state.database import Condition, State, Subject
from dockdj.localcloud.state.tables import Application, Environment, EnvironmentStatus, Version

NOT_TERMINATED = f"status != '{EnvironmentStatus.TERMINATED}'"
"""The SQL condition for environments that still exist; terminated ones stay in the table."""


def applications(state: State, condition: Condition) -> list[Application]:
    """The applications that match a condition, by name."""
    where, values = condition
    return [
        Application(**row) for row in state.rows(f"SELECT * FROM applications WHERE {where} ORDER BY name", *values)
    ]


def versions(state: State, condition: Condition) -> list[Version]:
    """The application versions that match a condition, newest first."""
    where, values = condition
    rows = state.rows(f"SELECT * FROM versions WHERE {where} ORDER BY created DESC, label", *values)
    return [Version.of(row) for row in rows]


def environments(state: State, condition: Condition = (NOT_TERMINATED, ())) -> list[Environment]:
    """The environments that match a condition, oldest first."""
    where, values = condition
    rows = state.rows(f"SELECT * FROM environments WHERE {where} ORDER BY created, id", *values)
    return [Environment.of(row) for row in rows]


def environments_of(state: State, application_name: str) -> list[Environment]:
    """The existing environments of an application, oldest first."""
    return environments(state, (f"application = ? AND {NOT_TERMINATED}", (application_name,)))


def used_labels(state: State, application_name: str, since: float) -> frozenset[str]:
    """The versions of an application that environments run, update to, or ran when they ended after `since`."""
    condition = f"application = ? AND ({NOT_TERMINATED} OR updated >= ?)"
    found = environments(state, (condition, (application_name, since)))
    return frozenset(label for item in found for label in (item.label, item.target) if label)


def application(state: State, name: str) -> Application:
    """The application with this name. Raises ApiError."""
    for application in applications(state, ("name = ?", (name,))):
        return application
    raise invalid(f"No Application named '{name}' found.")


def version(state: State, application_name: str, label: str) -> Version:
    """The application version with this label. Raises ApiError."""
    for version in versions(state, ("application = ? AND label = ?", (application_name, label))):
        return version
    raise invalid(f"No Application Version named '{label}' found.")


def environment(state: State, parameters: Mapping[str, Any]) -> Environment:
    """The existing environment that EnvironmentId or EnvironmentName names. Raises ApiError."""
    environment_id, name = parameters.get("EnvironmentId"), parameters.get("EnvironmentName")
    if not environment_id and not name:
        raise ApiError("MissingParameter", "You must specify EnvironmentId or EnvironmentName.")
    column, value, member = (
        ("id", environment_id, "EnvironmentId") if environment_id else ("name", name, "EnvironmentName")
    )
    for environment in environments(state, (f"{column} = ? AND {NOT_TERMINATED}", (value,))):
        same_name = name in (None, "", environment.name)
        same_application = parameters.get("ApplicationName") in (None, environment.application)
        if same_name and same_application:
            return environment
    raise invalid(f"No Environment found for {member} = '{value}'.")


def environment_by_id(state: State, environment_id: str) -> Environment:
    """The environment with this id, which may be terminated. Raises ApiError."""
    for environment in environments(state, ("id = ?", (environment_id,))):
        return environment
    raise invalid(f"No Environment found for EnvironmentId = '{environment_id}'.")


def subject(environment: Environment, label: str | None = None) -> Subject:
    """The subject of an event about an environment."""
    return Subject(environment.application, environment.name, label)


def new_environment_id() -> str:
    """A random id: `e-` and ten letters or digits."""
    return "e-" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(10))


def api_time(seconds: float) -> datetime:
    """A stored time as the API returns it: UTC without time zone, to the millisecond."""
    return datetime.fromtimestamp(round(seconds, 3), UTC).replace(tzinfo=None)
