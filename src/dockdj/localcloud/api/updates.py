"""Changing an environment: another version, other options, the end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from dockdj.localcloud import jobs
from dockdj.localcloud.api.environments import shown
from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.platform import options
from dockdj.localcloud.platform.platforms import requested
from dockdj.localcloud.state import lookups


def update(cloud: Cloud, call: Call) -> dict[str, Any]:
    """UpdateEnvironment: a version or options, never both."""
    given = call.given
    configures = bool(given.get("OptionSettings") or given.get("OptionsToRemove"))
    if "VersionLabel" in given and (configures or "TemplateName" in given):
        message = "You cannot update an environment's version and its configuration settings in one call."
        raise ApiError("InvalidParameterCombination", message)
    if "TemplateName" in given:
        raise invalid(f"No Configuration Template named '{given['TemplateName']}' found.")
    if {"SolutionStackName", "PlatformArn"} & set(given):
        wanted = requested(given, cloud.settings.region)
        if wanted.stack != lookups.environment(cloud.state, given)["stack"]:
            raise invalid("The local cloud keeps an environment on its platform.")
    if "VersionLabel" in given:
        return _deploy(cloud, call)
    if configures:
        return _configure(cloud, call)
    return _describe(cloud, call)


def terminate(cloud: Cloud, call: Call) -> dict[str, Any]:
    """TerminateEnvironment. With ForceTerminate also while an operation runs; it then follows that operation."""
    state = cloud.state
    with state.transaction():
        find = lookups.environment if call.given.get("ForceTerminate") else lookups.ready
        row = find(state, call.given)
        identity = row["id"]
        state.change("UPDATE environments SET status = 'Terminating', updated = ? WHERE id = ?", time.time(), identity)
        state.emit(lookups.subject(row), call.request_id, "INFO", "terminateEnvironment is starting.")
        row = lookups.environment(state, {"EnvironmentId": identity})
    cloud.work.begin(identity, lambda: jobs.terminate(cloud, identity, call.request_id))
    return shown(cloud, row)


def _deploy(cloud: Cloud, call: Call) -> dict[str, Any]:
    state, label = cloud.state, call.given["VersionLabel"]
    with state.transaction():
        row = lookups.ready(state, call.given)
        identity, number = row["id"], row["deployments"] + 1
        version = lookups.version(state, row["application"], label)
        if version["status"] == "FAILED":
            raise invalid(f"Application Version {label} failed its processing and cannot be deployed.")
        _begin(cloud, identity, call.given, target=label, deployments=number)
        state.emit(lookups.subject(row, label), call.request_id, "INFO", "Environment update is starting.")
        # As it was accepted: the work may be done before the answer is.
        row = lookups.environment(state, {"EnvironmentId": identity})
    cloud.work.begin(identity, lambda: jobs.deploy(cloud, identity, call.request_id, label, number))
    return shown(cloud, row)


def _configure(cloud: Cloud, call: Call) -> dict[str, Any]:
    state, given = cloud.state, call.given
    with state.transaction():
        row = lookups.ready(state, given)
        identity = row["id"]
        former = state.options(identity)
        state.set_options(
            identity, options.changed(former, given.get("OptionSettings", ()), given.get("OptionsToRemove", ()))
        )
        _begin(cloud, identity, given)
        about = lookups.subject(row)
        state.emit(about, call.request_id, "INFO", "Environment update is starting.")
        state.emit(about, call.request_id, "INFO", f"Updating environment {row['name']}'s configuration settings.")
        row = lookups.environment(state, {"EnvironmentId": identity})
    cloud.work.begin(identity, lambda: jobs.configure(cloud, identity, call.request_id, former))
    return shown(cloud, row)


def _describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """Nothing but the description changes: no operation is needed for that."""
    state = cloud.state
    with state.transaction():
        row = lookups.ready(state, call.given)
        if "Description" in call.given:
            state.change("UPDATE environments SET description = ? WHERE id = ?", call.given["Description"], row["id"])
        state.emit(lookups.subject(row), call.request_id, "INFO", "Environment update is starting.")
        state.emit(lookups.subject(row), call.request_id, "INFO", "Environment update completed successfully.")
        row = lookups.environment(state, {"EnvironmentId": row["id"]})
    return shown(cloud, row)


def _begin(cloud: Cloud, identity: str, given: Mapping[str, Any], **columns: object) -> None:
    changes = {"status": "Updating", "updated": time.time(), **columns}
    if "Description" in given:
        changes["description"] = given["Description"]
    names = ", ".join(f"{name} = ?" for name in changes)
    cloud.state.change(f"UPDATE environments SET {names} WHERE id = ?", *changes.values(), identity)
