"""The statuses of an environment and the only changes between them.

Every change compares with the status in the database and writes in the same transaction. A background job ends only the
operation that it began: a termination by force gives the environment to another operation.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType

from dockdj.localcloud.api_error import invalid
from dockdj.localcloud.state.database import State
from dockdj.localcloud.state.tables import Environment, EnvironmentStatus


class Change(Enum):
    """The events in an environment's life that change its status, after its creation."""

    LAUNCHED = auto()
    """The launch ended, successfully or not."""
    UPDATE = auto()
    """An update of the version or the options begins."""
    UPDATED = auto()
    """The update ended, successfully or not."""
    ABORT = auto()
    """The undoing of an update begins, while it runs."""
    ABORTED = auto()
    """The undoing ended, successfully or not."""
    REBUILD = auto()
    """The machines of an environment, which may be terminated, are created again."""
    TERMINATE = auto()
    TERMINATE_BY_FORCE = auto()
    """A termination begins, even while another operation runs."""
    TERMINATED = auto()
    TERMINATION_FAILED = auto()
    INTERRUPTED = auto()
    """The cloud stopped during the operation. An update is undone when the cloud runs again."""


TRANSITIONS: Mapping[tuple[EnvironmentStatus, Change], EnvironmentStatus] = MappingProxyType(
    {
        (EnvironmentStatus.LAUNCHING, Change.LAUNCHED): EnvironmentStatus.READY,
        (EnvironmentStatus.LAUNCHING, Change.INTERRUPTED): EnvironmentStatus.READY,
        (EnvironmentStatus.LAUNCHING, Change.TERMINATE_BY_FORCE): EnvironmentStatus.TERMINATING,
        (EnvironmentStatus.READY, Change.UPDATE): EnvironmentStatus.UPDATING,
        (EnvironmentStatus.READY, Change.REBUILD): EnvironmentStatus.LAUNCHING,
        (EnvironmentStatus.TERMINATED, Change.REBUILD): EnvironmentStatus.LAUNCHING,
        (EnvironmentStatus.READY, Change.TERMINATE): EnvironmentStatus.TERMINATING,
        (EnvironmentStatus.READY, Change.TERMINATE_BY_FORCE): EnvironmentStatus.TERMINATING,
        (EnvironmentStatus.UPDATING, Change.UPDATED): EnvironmentStatus.READY,
        (EnvironmentStatus.UPDATING, Change.INTERRUPTED): EnvironmentStatus.ABORTING,
        (EnvironmentStatus.UPDATING, Change.TERMINATE_BY_FORCE): EnvironmentStatus.TERMINATING,
        (EnvironmentStatus.UPDATING, Change.ABORT): EnvironmentStatus.ABORTING,
        (EnvironmentStatus.ABORTING, Change.ABORTED): EnvironmentStatus.READY,
        (EnvironmentStatus.ABORTING, Change.INTERRUPTED): EnvironmentStatus.ABORTING,
        (EnvironmentStatus.ABORTING, Change.TERMINATE_BY_FORCE): EnvironmentStatus.TERMINATING,
        (EnvironmentStatus.TERMINATING, Change.TERMINATE_BY_FORCE): EnvironmentStatus.TERMINATING,
        (EnvironmentStatus.TERMINATING, Change.TERMINATED): EnvironmentStatus.TERMINATED,
        (EnvironmentStatus.TERMINATING, Change.TERMINATION_FAILED): EnvironmentStatus.READY,
    }
)
"""The legal changes. Only a rebuild follows Terminated."""
NOT_UNDONE: Mapping[str, object] = MappingProxyType({"abortable": 0, "former": ""})
"""The columns of an environment without an update that can be undone."""


def after(status: EnvironmentStatus, change: Change) -> EnvironmentStatus | None:
    """The status after a change; None if the change is illegal."""
    return TRANSITIONS.get((status, change))


def require(environment: Environment, change: Change) -> EnvironmentStatus:
    """The status after a change. Raises ApiError if the change is illegal."""
    status = after(environment.status, change)
    if status is None or (change == Change.ABORT and not environment.abortable):
        needed = "pending deployment" if change == Change.ABORT else "Ready"
        name = environment.name
        raise invalid(f"Environment named {name} is in an invalid state for this operation. Must be {needed}.")
    return status


def begin(state: State, environment: Environment, change: Change, operation: str, **columns: object) -> None:
    """Store that an operation begins. Raises ApiError if the environment's status does not allow it.

    `operation` identifies the operation: it is the id of the request.
    """
    status = require(environment, change)
    if not _apply(state, environment, status, operation=operation, updated=time.time(), **columns):
        raise invalid(f"Environment named {environment.name} was changed by another request.")


def end(state: State, environment_id: str, operation: str, change: Change, **columns: object) -> bool:
    """Store that an operation ended. Returns False, and changes nothing, if another operation has replaced it."""
    with state.transaction():
        environment = current(state, environment_id, operation)
        status = after(environment.status, change) if environment else None
        if environment is None or status is None:
            return False
        idle: dict[str, object] = {"operation": "", "target": None, **NOT_UNDONE}
        return _apply(state, environment, status, **idle, updated=time.time(), **columns)


def interrupt(state: State, environment: Environment, operation: str) -> EnvironmentStatus:
    """Store that the cloud stopped during an operation, which continues under this id if it is undone."""
    status = require(environment, Change.INTERRUPTED)
    columns: dict[str, object] = {"operation": operation if status != EnvironmentStatus.READY else "", "target": None}
    _apply(state, environment, status, **columns, **NOT_UNDONE, updated=time.time())
    return status


def current(state: State, environment_id: str, operation: str) -> Environment | None:
    """The environment, if this operation still runs on it."""
    row = state.row("SELECT * FROM environments WHERE id = ? AND operation = ?", environment_id, operation)
    return Environment.of(row) if row else None


def lasting(state: State, environment_id: str) -> Environment | None:
    """The environment, unless it is terminated or a termination runs."""
    statement = "SELECT * FROM environments WHERE id = ? AND status NOT IN (?, ?)"
    row = state.row(statement, environment_id, EnvironmentStatus.TERMINATING, EnvironmentStatus.TERMINATED)
    return Environment.of(row) if row else None


def _apply(state: State, environment: Environment, status: EnvironmentStatus, **columns: object) -> bool:
    """Set the status unless status or operation in the database are no longer those of `environment`."""
    assignments = ", ".join(f"{column} = ?" for column in ("status", *columns))
    statement = f"UPDATE environments SET {assignments} WHERE id = ? AND status = ? AND operation = ?"
    expected = (environment.id, environment.status, environment.operation)
    return state.change(statement, status, *columns.values(), *expected) == 1
