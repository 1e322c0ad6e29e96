"""Actions that start an environment's application or its machines again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from dockdj.localcloud import jobs
from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import Severity
from dockdj.localcloud.platform import sample
from dockdj.localcloud.state import lookups, transitions
from dockdj.localcloud.state.database import State
from dockdj.localcloud.state.tables import Environment
from dockdj.localcloud.state.transitions import Change

RESTORABLE_SECONDS = 42 * 86_400
"""How long a terminated environment can be rebuilt ("Rebuilding a terminated environment" in the developer guide)."""


def restart(cloud: Cloud, call: Call) -> dict[str, Any]:
    """RestartAppServer."""
    state = cloud.state
    with state.transaction():
        environment = lookups.environment(state, call.parameters)
        transitions.begin(state, environment, Change.UPDATE, call.request_id)
        state.emit(lookups.subject(environment), call.request_id, Severity.INFO, "restartAppServer is starting.")
    cloud.work.begin(environment.id, lambda: jobs.restart(cloud, environment.id, call.request_id))
    return {}


def rebuild(cloud: Cloud, call: Call) -> dict[str, Any]:
    """RebuildEnvironment, also of an environment that was terminated at most 42 days ago."""
    state = cloud.state
    with state.transaction():
        environment = _rebuildable(state, call.parameters)
        name = environment.name
        others = f"SELECT 1 FROM environments WHERE name = ? AND id != ? AND {lookups.NOT_TERMINATED}"
        if state.row(others, name, environment.id):
            raise invalid(f"Environment {name} already exists.")
        if environment.label != sample.LABEL:
            lookups.version(state, environment.application, environment.label)
        transitions.begin(state, environment, Change.REBUILD, call.request_id)
        state.emit(lookups.subject(environment), call.request_id, Severity.INFO, "rebuildEnvironment is starting.")
    cloud.work.begin(environment.id, lambda: jobs.rebuild(cloud, environment.id, call.request_id))
    return {}


def _rebuildable(state: State, parameters: Mapping[str, Any]) -> Environment:
    """The living environment, or else the last terminated one, with this id or name. Raises ApiError."""
    try:
        return lookups.environment(state, parameters)
    except ApiError:
        column, value = ("id", "EnvironmentId") if parameters.get("EnvironmentId") else ("name", "EnvironmentName")
        condition = f"{column} = ? AND updated >= ?"
        found = lookups.environments(state, (condition, (parameters.get(value), time.time() - RESTORABLE_SECONDS)))
        if not found:
            raise
        return max(found, key=lambda environment: environment.updated)
