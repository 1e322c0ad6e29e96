"""Actions on applications, and the bucket for their bundles."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from dockdj.localcloud import job, jobs
from dockdj.localcloud.api import saved_configurations, tags
from dockdj.localcloud.api_error import invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import Severity
from dockdj.localcloud.platform import version_lifecycle
from dockdj.localcloud.state import lookups, transitions
from dockdj.localcloud.state.database import Subject, among
from dockdj.localcloud.state.tables import Application
from dockdj.localcloud.state.transitions import Change


def create(cloud: Cloud, call: Call) -> dict[str, Any]:
    """CreateApplication."""
    name = call.parameters["ApplicationName"]
    with cloud.state.transaction():
        if cloud.state.row("SELECT 1 FROM applications WHERE name = ?", name):
            raise invalid(f"Application {name} already exists.")
        lifecycle = version_lifecycle.changed(
            version_lifecycle.DEFAULT, call.parameters.get("ResourceLifecycleConfig", {})
        )
        given = tags.given(call.parameters)
        add(cloud, name, call.parameters.get("Description", ""), call.request_id, lifecycle)
        tags.replace(cloud, f"application/{name}", given)
        return {"Application": _description(cloud, lookups.application(cloud.state, name))}


def add(
    cloud: Cloud,
    name: str,
    description: str,
    request_id: str,
    lifecycle: Mapping[str, Any] = version_lifecycle.DEFAULT,
) -> None:
    """Insert a new application and emit its first event. Raises ApiError."""
    if "/" in name:
        raise invalid("Value at 'applicationName' failed to satisfy constraint: Member must not contain '/'.")
    now = time.time()
    cloud.state.insert(
        "applications", name=name, description=description, lifecycle=json.dumps(lifecycle), created=now, updated=now
    )
    cloud.state.emit(Subject(name), request_id, Severity.INFO, f"Created new Application: {name}")


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeApplications."""
    condition = among("name", call.parameters.get("ApplicationNames"))
    applications = lookups.applications(cloud.state, condition)
    return {"Applications": [_description(cloud, application) for application in applications]}


def update(cloud: Cloud, call: Call) -> dict[str, Any]:
    """UpdateApplication: its description."""
    state, name = cloud.state, call.parameters["ApplicationName"]
    with state.transaction():
        lookups.application(state, name)
        if "Description" in call.parameters:
            statement = "UPDATE applications SET description = ?, updated = ? WHERE name = ?"
            state.change(statement, call.parameters["Description"], time.time(), name)
        state.emit(Subject(name), call.request_id, Severity.INFO, f"Updated Application: {name}")
        return {"Application": _description(cloud, lookups.application(state, name))}


def update_lifecycle(cloud: Cloud, call: Call) -> dict[str, Any]:
    """UpdateApplicationResourceLifecycle. It applies when the next version is created."""
    state, name = cloud.state, call.parameters["ApplicationName"]
    with state.transaction():
        former = version_lifecycle.of_text(lookups.application(state, name).lifecycle)
        config = version_lifecycle.changed(former, call.parameters["ResourceLifecycleConfig"])
        statement = "UPDATE applications SET lifecycle = ?, updated = ? WHERE name = ?"
        state.change(statement, json.dumps(config), time.time(), name)
        state.emit(Subject(name), call.request_id, Severity.INFO, f"Updated Application: {name}")
    return {"ApplicationName": name, "ResourceLifecycleConfig": config}


def delete(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DeleteApplication. With TerminateEnvByForce, it terminates the environments first, in the background."""
    state, name = cloud.state, call.parameters["ApplicationName"]
    with state.transaction():
        lookups.application(state, name)
        environments = lookups.environments_of(state, name)
        if environments and not call.parameters.get("TerminateEnvByForce"):
            raise invalid(f"Unable to delete application {name} because it has running environments.")
        # Requests of their own: `eb` takes the end of a termination for the end of the request that it waits for.
        terminations = {environment.id: str(uuid.uuid4()) for environment in environments}
        for environment in environments:
            transitions.begin(state, environment, Change.TERMINATE, terminations[environment.id])
        state.emit(Subject(name), call.request_id, Severity.INFO, "deleteApplication is starting.")
        if not environments:
            _delete_rows(cloud, name, call.request_id)
            return {}
    threads = [
        cloud.work.begin(environment_id, partial(jobs.terminate, cloud, environment_id, request_id))
        for environment_id, request_id in terminations.items()
    ]

    def delete_after_terminations() -> None:
        for thread in threads:
            thread.join()
        _delete_rows(cloud, name, call.request_id)

    cloud.work.begin(f"application {name}", delete_after_terminations)
    return {}


def create_storage_location(cloud: Cloud, call: Call) -> dict[str, Any]:
    """CreateStorageLocation: the one bucket of this account and region."""
    cloud.storage.create_bucket(cloud.settings.bucket)
    return {"S3Bucket": cloud.settings.bucket}


def _delete_rows(cloud: Cloud, name: str, request_id: str) -> None:
    """Delete an application and its versions, unless it still has an environment."""
    state = cloud.state
    with state.transaction():
        if lookups.environments_of(state, name):
            return
        versions = lookups.versions(state, ("application = ?", (name,)))
        templates = saved_configurations.names(cloud, name)
        gone = [f"application/{name}"]
        gone += [f"applicationversion/{name}/{version.label}" for version in versions]
        gone += [f"configurationtemplate/{name}/{template}" for template in templates]
        for resource in gone:
            tags.replace(cloud, resource, {})
        state.change(
            "DELETE FROM options WHERE environment IN (SELECT id FROM environments WHERE application = ?)", name
        )
        state.change("DELETE FROM environments WHERE application = ?", name)
        state.change("DELETE FROM versions WHERE application = ?", name)
        state.change("DELETE FROM applications WHERE name = ?", name)
        state.emit(Subject(name), request_id, Severity.INFO, "The application has been deleted successfully.")
    for bundle in {version.bundle for version in versions}:
        job.remove_unused_bundle(cloud, bundle)
    for template in templates:
        saved_configurations.delete(cloud, name, template)


def _description(cloud: Cloud, application: Application) -> dict[str, Any]:
    """The ApplicationDescription of an application."""
    versions = lookups.versions(cloud.state, ("application = ?", (application.name,)))
    return {
        "ApplicationArn": f"{cloud.settings.arn}:application/{application.name}",
        "ApplicationName": application.name,
        "Description": application.description or None,
        "DateCreated": lookups.api_time(application.created),
        "DateUpdated": lookups.api_time(application.updated),
        "Versions": [version.label for version in versions],
        "ConfigurationTemplates": saved_configurations.names(cloud, application.name),
        "ResourceLifecycleConfig": version_lifecycle.of_text(application.lifecycle),
    }
