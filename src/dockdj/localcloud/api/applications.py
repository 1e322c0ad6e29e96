"""Applications, and the bucket for their bundles."""

from __future__ import annotations

import time
from typing import Any

from dockdj.localcloud import jobs
from dockdj.localcloud.api_error import invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.database import Row, Subject, among
from dockdj.localcloud.state.durable_files import remove

LIFECYCLE = {
    "VersionLifecycleConfig": {
        "MaxCountRule": {"Enabled": False, "MaxCount": 200, "DeleteSourceFromS3": False},
        "MaxAgeRule": {"Enabled": False, "MaxAgeInDays": 180, "DeleteSourceFromS3": False},
    }
}


def create(cloud: Cloud, call: Call) -> dict[str, Any]:
    """CreateApplication."""
    name = call.given["ApplicationName"]
    with cloud.state.transaction():
        if cloud.state.row("SELECT 1 FROM applications WHERE name = ?", name):
            raise invalid(f"Application {name} already exists.")
        add(cloud, name, call.given.get("Description", ""), call.request_id)
        return {"Application": _shown(cloud, lookups.application(cloud.state, name))}


def add(cloud: Cloud, name: str, description: str, request_id: str) -> None:
    """Write a new application down."""
    if "/" in name:
        raise invalid("Value at 'applicationName' failed to satisfy constraint: Member must not contain '/'.")
    now = time.time()
    cloud.state.insert("applications", name=name, description=description, created=now, updated=now)
    cloud.state.emit(Subject(name), request_id, "INFO", f"Created new Application: {name}")


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeApplications."""
    condition, values = among("name", call.given.get("ApplicationNames"))
    found = cloud.state.rows(f"SELECT * FROM applications WHERE {condition} ORDER BY name", *values)
    return {"Applications": [_shown(cloud, row) for row in found]}


def delete(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DeleteApplication: at once when nothing runs, else after its environments are gone, if that is asked for."""
    state, name = cloud.state, call.given["ApplicationName"]
    with state.transaction():
        lookups.application(state, name)
        running = state.rows(f"SELECT * FROM environments WHERE application = ? AND {lookups.LIVING}", name)
        if running and not call.given.get("TerminateEnvByForce"):
            raise invalid(f"Unable to delete application {name} because it has running environments.")
        for row in running:
            lookups.ready(state, {"EnvironmentId": row["id"]})
            state.change("UPDATE environments SET status = 'Terminating' WHERE id = ?", row["id"])
        state.emit(Subject(name), call.request_id, "INFO", "deleteApplication is starting.")
        if not running:
            _forget(cloud, name, call.request_id)
            return {}

    def finish() -> None:
        for row in running:
            jobs.terminate(cloud, row["id"], call.request_id)
        if not state.row(f"SELECT 1 FROM environments WHERE application = ? AND {lookups.LIVING}", name):
            _forget(cloud, name, call.request_id)

    cloud.work.begin(f"application {name}", finish)
    return {}


def create_storage_location(cloud: Cloud, call: Call) -> dict[str, Any]:
    """CreateStorageLocation: the one bucket of this account and region."""
    cloud.storage.make_bucket(cloud.settings.bucket)
    return {"S3Bucket": cloud.settings.bucket}


def _forget(cloud: Cloud, name: str, request_id: str) -> None:
    state = cloud.state
    with state.transaction():
        bundles = {row["bundle"] for row in state.rows("SELECT bundle FROM versions WHERE application = ?", name)}
        state.change(
            "DELETE FROM options WHERE environment IN (SELECT id FROM environments WHERE application = ?)", name
        )
        state.change("DELETE FROM environments WHERE application = ?", name)
        state.change("DELETE FROM versions WHERE application = ?", name)
        state.change("DELETE FROM applications WHERE name = ?", name)
        state.emit(Subject(name), request_id, "INFO", "The application has been deleted successfully.")
    for bundle in bundles:
        if not state.row("SELECT 1 FROM versions WHERE bundle = ?", bundle):
            remove(jobs.bundle_path(cloud.folder, bundle))


def _shown(cloud: Cloud, row: Row) -> dict[str, Any]:
    labels = cloud.state.rows("SELECT label FROM versions WHERE application = ? ORDER BY created DESC", row["name"])
    return {
        "ApplicationArn": f"{cloud.settings.arn}:application/{row['name']}",
        "ApplicationName": row["name"],
        "Description": row["description"] or None,
        "DateCreated": lookups.moment(row["created"]),
        "DateUpdated": lookups.moment(row["updated"]),
        "Versions": [label["label"] for label in labels],
        "ConfigurationTemplates": [],
        "ResourceLifecycleConfig": LIFECYCLE,
    }
