"""Actions that change an environment's version or options, abort such a change, or terminate the environment."""

from __future__ import annotations

from typing import Any

from dockdj.localcloud import jobs
from dockdj.localcloud.api import saved_configurations
from dockdj.localcloud.api.environments import description
from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import Severity
from dockdj.localcloud.platform.versions import named, of_stack, requested, require_same_branch
from dockdj.localcloud.state import former, lookups, transitions
from dockdj.localcloud.state.former import Former
from dockdj.localcloud.state.tables import Environment, VersionStatus
from dockdj.localcloud.state.transitions import Change

STARTING = "Environment update is starting."
CONFIGURING = ("OptionSettings", "OptionsToRemove", "TemplateName", "TemplateSpecification")
"""The members of a request that change options. Another platform version is a change of the configuration, too."""
COMPLETED = "Environment update completed successfully."


def update(cloud: Cloud, call: Call) -> dict[str, Any]:
    """UpdateEnvironment: a new version, or new options and another platform version, never both."""
    parameters = call.parameters
    configures = any(parameters.get(member) for member in CONFIGURING)
    if named(parameters):
        platform = requested(parameters, cloud.settings.region)
        stack = lookups.environment(cloud.state, parameters).stack
        require_same_branch(platform, stack)
        configures = configures or platform.stack != stack
    if "VersionLabel" in parameters and configures:
        message = "You cannot update an environment's version and its configuration settings in one call."
        raise ApiError("InvalidParameterCombination", message)
    if "VersionLabel" in parameters:
        return _deploy(cloud, call)
    if configures:
        return _configure(cloud, call)
    return _describe(cloud, call)


def terminate(cloud: Cloud, call: Call) -> dict[str, Any]:
    """TerminateEnvironment. With ForceTerminate also during an operation; the termination then follows it."""
    state = cloud.state
    change = Change.TERMINATE_BY_FORCE if call.parameters.get("ForceTerminate") else Change.TERMINATE
    with state.transaction():
        environment = lookups.environment(state, call.parameters)
        environment_id = environment.id
        transitions.begin(state, environment, change, call.request_id)
        state.emit(lookups.subject(environment), call.request_id, Severity.INFO, "terminateEnvironment is starting.")
        environment = lookups.environment(state, {"EnvironmentId": environment_id})
    cloud.work.begin(environment_id, lambda: jobs.terminate(cloud, environment_id, call.request_id))
    return description(cloud, environment)


def abort(cloud: Cloud, call: Call) -> dict[str, Any]:
    """AbortEnvironmentUpdate: the update stops before its next step, and is then undone."""
    state = cloud.state
    with state.transaction():
        environment = lookups.environment(state, call.parameters)
        before = former.parse(environment.former)
        transitions.begin(state, environment, Change.ABORT, call.request_id, **transitions.NOT_UNDONE)
        if before is not None:
            before.restore(state, environment.id)
        state.emit(lookups.subject(environment), call.request_id, Severity.INFO, "abortEnvironmentUpdate is starting.")
    aborted = jobs.Aborted(environment.operation, changes_options=before is not None)
    cloud.work.begin(environment.id, lambda: jobs.abort(cloud, environment.id, call.request_id, aborted))
    return {}


def _deploy(cloud: Cloud, call: Call) -> dict[str, Any]:
    state, label = cloud.state, call.parameters["VersionLabel"]
    with state.transaction():
        environment = lookups.environment(state, call.parameters)
        environment_id, number = environment.id, environment.deployments + 1
        _begin(cloud, environment, call, target=label, deployments=number)
        version = lookups.version(state, environment.application, label)
        if version.status == VersionStatus.FAILED:
            raise invalid(f"Application Version {label} failed its processing and cannot be deployed.")
        state.emit(lookups.subject(environment, label), call.request_id, Severity.INFO, STARTING)
        # Read before the job begins, because it may end before the answer is sent.
        environment = lookups.environment(state, {"EnvironmentId": environment_id})
    cloud.work.begin(environment_id, lambda: jobs.deploy(cloud, environment_id, call.request_id, label, number))
    return description(cloud, environment)


def _configure(cloud: Cloud, call: Call) -> dict[str, Any]:
    state, parameters = cloud.state, call.parameters
    with state.transaction():
        environment = lookups.environment(state, parameters)
        environment_id = environment.id
        before = Former(state.options(environment_id), environment.stack)
        saved = saved_configurations.of_request(cloud, parameters, environment.application)
        if saved:
            require_same_branch(saved.platform, environment.stack)
        settings = saved_configurations.settings_after(saved, parameters, before.options)
        platform = requested(parameters, cloud.settings.region) if named(parameters) else of_stack(environment.stack)
        _begin(cloud, environment, call, stack=platform.stack, former=before.text())
        state.set_options(environment_id, settings)
        about = lookups.subject(environment)
        state.emit(about, call.request_id, Severity.INFO, STARTING)
        updating = f"Updating environment {environment.name}'s configuration settings."
        state.emit(about, call.request_id, Severity.INFO, updating)
        environment = lookups.environment(state, {"EnvironmentId": environment_id})
    cloud.work.begin(environment_id, lambda: jobs.configure(cloud, environment_id, call.request_id, before))
    return description(cloud, environment)


def _describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """Change only the description, which needs no background job."""
    state = cloud.state
    with state.transaction():
        environment = lookups.environment(state, call.parameters)
        transitions.require(environment, Change.UPDATE)
        if "Description" in call.parameters:
            statement = "UPDATE environments SET description = ? WHERE id = ?"
            state.change(statement, call.parameters["Description"], environment.id)
        state.emit(lookups.subject(environment), call.request_id, Severity.INFO, STARTING)
        state.emit(lookups.subject(environment), call.request_id, Severity.INFO, COMPLETED)
        environment = lookups.environment(state, {"EnvironmentId": environment.id})
    return description(cloud, environment)


def _begin(cloud: Cloud, environment: Environment, call: Call, **columns: object) -> None:
    """Store that an update begins, with its new description if there is one. Raises ApiError."""
    if "Description" in call.parameters:
        columns["description"] = call.parameters["Description"]
    transitions.begin(cloud.state, environment, Change.UPDATE, call.request_id, abortable=1, **columns)
