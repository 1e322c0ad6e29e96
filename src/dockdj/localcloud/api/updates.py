"""Actions that change an environment's version or options, or terminate it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from dockdj.localcloud import jobs
from dockdj.localcloud.api.environments import description
from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import Severity
from dockdj.localcloud.platform import options
from dockdj.localcloud.platform.versions import requested
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.tables import EnvironmentStatus, VersionStatus

STARTING = "Environment update is starting."
COMPLETED = "Environment update completed successfully."


def update(cloud: Cloud, call: Call) -> dict[str, Any]:
    """UpdateEnvironment: a new version or new options, never both."""
    parameters = call.parameters
    configures = bool(parameters.get("OptionSettings") or parameters.get("OptionsToRemove"))
    if "VersionLabel" in parameters and (configures or "TemplateName" in parameters):
        message = "You cannot update an environment's version and its configuration settings in one call."
        raise ApiError("InvalidParameterCombination", message)
    if "TemplateName" in parameters:
        raise invalid(f"No Configuration Template named '{parameters['TemplateName']}' found.")
    if {"SolutionStackName", "PlatformArn"} & set(parameters):
        platform = requested(parameters, cloud.settings.region)
        if platform.stack != lookups.environment(cloud.state, parameters).stack:
            raise invalid("The local cloud keeps an environment on its platform.")
    if "VersionLabel" in parameters:
        return _deploy(cloud, call)
    if configures:
        return _configure(cloud, call)
    return _describe(cloud, call)


def terminate(cloud: Cloud, call: Call) -> dict[str, Any]:
    """TerminateEnvironment. With ForceTerminate also during an operation; the termination then follows it."""
    state = cloud.state
    with state.transaction():
        find = lookups.environment if call.parameters.get("ForceTerminate") else lookups.ready_environment
        environment = find(state, call.parameters)
        environment_id = environment.id
        state.update_environment(environment_id, status=EnvironmentStatus.TERMINATING, updated=time.time())
        state.emit(lookups.subject(environment), call.request_id, Severity.INFO, "terminateEnvironment is starting.")
        environment = lookups.environment(state, {"EnvironmentId": environment_id})
    cloud.work.begin(environment_id, lambda: jobs.terminate(cloud, environment_id, call.request_id))
    return description(cloud, environment)


def _deploy(cloud: Cloud, call: Call) -> dict[str, Any]:
    state, label = cloud.state, call.parameters["VersionLabel"]
    with state.transaction():
        environment = lookups.ready_environment(state, call.parameters)
        environment_id, number = environment.id, environment.deployments + 1
        version = lookups.version(state, environment.application, label)
        if version.status == VersionStatus.FAILED:
            raise invalid(f"Application Version {label} failed its processing and cannot be deployed.")
        _begin(cloud, environment_id, call.parameters, target=label, deployments=number)
        state.emit(lookups.subject(environment, label), call.request_id, Severity.INFO, STARTING)
        # Read before the job begins, because it may end before the answer is sent.
        environment = lookups.environment(state, {"EnvironmentId": environment_id})
    cloud.work.begin(environment_id, lambda: jobs.deploy(cloud, environment_id, call.request_id, label, number))
    return description(cloud, environment)


def _configure(cloud: Cloud, call: Call) -> dict[str, Any]:
    state, parameters = cloud.state, call.parameters
    with state.transaction():
        environment = lookups.ready_environment(state, parameters)
        environment_id = environment.id
        former = state.options(environment_id)
        settings = options.apply_changes(
            former, parameters.get("OptionSettings", ()), parameters.get("OptionsToRemove", ())
        )
        state.set_options(environment_id, settings)
        _begin(cloud, environment_id, parameters)
        about = lookups.subject(environment)
        state.emit(about, call.request_id, Severity.INFO, STARTING)
        updating = f"Updating environment {environment.name}'s configuration settings."
        state.emit(about, call.request_id, Severity.INFO, updating)
        environment = lookups.environment(state, {"EnvironmentId": environment_id})
    cloud.work.begin(environment_id, lambda: jobs.configure(cloud, environment_id, call.request_id, former))
    return description(cloud, environment)


def _describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """Change only the description, which needs no background job."""
    state = cloud.state
    with state.transaction():
        environment = lookups.ready_environment(state, call.parameters)
        if "Description" in call.parameters:
            state.update_environment(environment.id, description=call.parameters["Description"])
        state.emit(lookups.subject(environment), call.request_id, Severity.INFO, STARTING)
        state.emit(lookups.subject(environment), call.request_id, Severity.INFO, COMPLETED)
        environment = lookups.environment(state, {"EnvironmentId": environment.id})
    return description(cloud, environment)


def _begin(cloud: Cloud, environment_id: str, parameters: Mapping[str, Any], **columns: object) -> None:
    """Store that an update has begun, with its new description if there is one."""
    if "Description" in parameters:
        columns["description"] = parameters["Description"]
    cloud.state.update_environment(environment_id, status=EnvironmentStatus.UPDATING, updated=time.time(), **columns)
