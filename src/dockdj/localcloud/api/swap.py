"""The action that exchanges the addresses of two environments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockdj.localcloud import jobs
from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import Severity
from dockdj.localcloud.state import lookups, transitions
from dockdj.localcloud.state.tables import Environment
from dockdj.localcloud.state.transitions import Change


def swap(cloud: Cloud, call: Call) -> dict[str, Any]:
    """SwapEnvironmentCNAMEs. Both environments must be Ready."""
    state = cloud.state
    with state.transaction():
        source, destination = (_environment(cloud, call.parameters, role) for role in ("Source", "Destination"))
        if source.id == destination.id:
            raise ApiError("InvalidParameterCombination", "An environment cannot swap its CNAME with itself.")
        for environment in (source, destination):
            transitions.begin(state, environment, Change.UPDATE, call.request_id)
            about = lookups.subject(environment)
            state.emit(about, call.request_id, Severity.INFO, "swapEnvironmentCNAMEs is starting.")
    cloud.work.begin(source.id, lambda: jobs.swap(cloud, source.id, destination.id, call.request_id))
    return {}


def _environment(cloud: Cloud, parameters: Mapping[str, Any], role: str) -> Environment:
    """The environment that SourceEnvironment… or DestinationEnvironment… names. Raises ApiError."""
    members = {"EnvironmentId": f"{role}EnvironmentId", "EnvironmentName": f"{role}EnvironmentName"}
    named = {member: parameters[given] for member, given in members.items() if parameters.get(given)}
    if not named:
        raise ApiError("MissingParameter", f"You must specify {' or '.join(members.values())}.")
    return lookups.environment(cloud.state, named)
