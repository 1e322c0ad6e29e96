"""Actions on application versions: labels of source bundles. The cloud keeps its own copy of each bundle."""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from dockdj.localcloud import job
from dockdj.localcloud.api import account, applications, tags
from dockdj.localcloud.api.pages import page
from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import Severity
from dockdj.localcloud.damaged_zip import UNREADABLE
from dockdj.localcloud.platform import version_lifecycle
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.database import Subject, all_of, among
from dockdj.localcloud.state.durable_files import write
from dockdj.localcloud.state.tables import Version, VersionStatus

UNPACKED_MAX_BYTES = 1024**3
TERMINATED_KEEPS_SECONDS = 10 * 7 * 86_400
"""How long a lifecycle keeps the version of a terminated environment: ten weeks (developer guide)."""


@dataclass(frozen=True)
class Source:
    """A source bundle in S3."""

    bucket: str
    key: str
    content: bytes


def create(cloud: Cloud, call: Call) -> dict[str, Any]:
    """CreateApplicationVersion from a bundle in S3."""
    parameters, state = call.parameters, cloud.state
    name, label = parameters["ApplicationName"], parameters["VersionLabel"]
    source = _source(cloud, call)
    digest = sha256(source.content).hexdigest()
    path = job.bundle_path(cloud.folder, digest)
    if label != label.strip() or "/" in label:
        raise invalid(
            "Value at 'versionLabel' failed to satisfy constraint: no '/', and no spaces at its start or end."
        )
    status = _process(source.content) if parameters.get("Process") else VersionStatus.UNPROCESSED
    given = tags.given(parameters)
    with state.transaction():
        account.require_room_for_a_version(cloud)
        exists = state.row("SELECT 1 FROM applications WHERE name = ?", name)
        if not exists and parameters.get("AutoCreateApplication"):
            applications.add(cloud, name, "", call.request_id)
        lookups.application(state, name)
        if state.row("SELECT 1 FROM versions WHERE application = ? AND label = ?", name, label):
            raise invalid(f"Application Version {label} already exists.")
        path.parent.mkdir(exist_ok=True)
        write(path, source.content)
        now = time.time()
        state.insert(
            "versions",
            application=name,
            label=label,
            description=parameters.get("Description", ""),
            bucket=source.bucket,
            key=source.key,
            bundle=digest,
            status=status,
            created=now,
            updated=now,
        )
        tags.replace(cloud, f"applicationversion/{name}/{label}", given)
        _emit_creation(cloud, call, status)
        created = _description(cloud, lookups.version(state, name, label))
        surplus, with_source = _apply_lifecycle(cloud, call)
    for version in surplus:
        _remove_files(cloud, version, with_source=with_source)
    return {"ApplicationVersion": created}


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeApplicationVersions, newest first."""
    name = call.parameters.get("ApplicationName")
    condition = all_of(
        [
            among("application", [name] if name else None),
            among("label", call.parameters.get("VersionLabels")),
        ]
    )
    requested = page(lookups.versions(cloud.state, condition), call.parameters)
    return {
        "ApplicationVersions": [_description(cloud, version) for version in requested.items],
        "NextToken": requested.next_token,
    }


def update(cloud: Cloud, call: Call) -> dict[str, Any]:
    """UpdateApplicationVersion: its description. Everything else of a version stays as it was created."""
    state, name, label = cloud.state, call.parameters["ApplicationName"], call.parameters["VersionLabel"]
    with state.transaction():
        lookups.application(state, name)
        lookups.version(state, name, label)
        if "Description" in call.parameters:
            statement = "UPDATE versions SET description = ?, updated = ? WHERE application = ? AND label = ?"
            state.change(statement, call.parameters["Description"], time.time(), name, label)
        about = Subject(name, label=label)
        state.emit(about, call.request_id, Severity.INFO, f"Updated Application Version: {label}")
        return {"ApplicationVersion": _description(cloud, lookups.version(state, name, label))}


def delete(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DeleteApplicationVersion. Refused while an environment runs the version or updates to it."""
    name, label = call.parameters["ApplicationName"], call.parameters["VersionLabel"]
    with cloud.state.transaction():
        version = lookups.version(cloud.state, name, label)
        for environment in lookups.environments_of(cloud.state, name):
            if label in (environment.label, environment.target):
                user = environment.name
                raise invalid(f"Unable to delete application version {label}: it is in use by environment {user}.")
        _delete(cloud, call, version)
    _remove_files(cloud, version, with_source=call.parameters.get("DeleteSourceBundle", False))
    return {}


def _delete(cloud: Cloud, call: Call, version: Version) -> None:
    """Delete a version, its tags, and say so."""
    name, label = version.application, version.label
    cloud.state.change("DELETE FROM versions WHERE application = ? AND label = ?", name, label)
    tags.replace(cloud, f"applicationversion/{name}/{label}", {})
    deleted = f"Deleted Application Version: {label}"
    cloud.state.emit(Subject(name, label=label), call.request_id, Severity.INFO, deleted)


def _remove_files(cloud: Cloud, version: Version, *, with_source: bool) -> None:
    """Remove the bundle of a deleted version: the cloud's copy, and if asked for the object in S3."""
    job.remove_unused_bundle(cloud, version.bundle)
    if with_source:
        cloud.storage.delete(version.bucket, version.key)


def _apply_lifecycle(cloud: Cloud, call: Call) -> tuple[list[Version], bool]:
    """Delete the versions that the application's lifecycle no longer keeps; tell if their sources go, too."""
    state, name = cloud.state, call.parameters["ApplicationName"]
    config = version_lifecycle.of_text(lookups.application(state, name).lifecycle)
    versions = lookups.versions(state, ("application = ?", (name,)))
    now = time.time()
    used = lookups.used_labels(state, name, since=now - TERMINATED_KEEPS_SECONDS)
    surplus, with_source = version_lifecycle.surplus(config, versions, call.parameters["VersionLabel"], used, now)
    for version in surplus:
        _delete(cloud, call, version)
    return surplus, with_source


def _source(cloud: Cloud, call: Call) -> Source:
    if set(call.parameters) & {"SourceBuildInformation", "BuildConfiguration", "ImageConfiguration"}:
        message = "The local cloud creates versions from a SourceBundle in S3 only."
        raise ApiError("InvalidParameterCombination", message)
    location = call.parameters.get("SourceBundle", {})
    bucket, key = location.get("S3Bucket", ""), location.get("S3Key", "")
    if not bucket or not key:
        message = "SourceBundle needs S3Bucket and S3Key: the local cloud creates no version of the sample application."
        raise ApiError("MissingParameter", message)
    content = cloud.storage.read(bucket, key)
    if content is None:
        reason = f"Unable to download from S3 location (Bucket: {bucket}  Key: {key}). Reason: Not Found"
        raise ApiError("InvalidParameterCombination", reason)
    return Source(bucket, key, content)


def _process(content: bytes) -> VersionStatus:
    """Check that the bundle is a zip whose files are readable, and no larger than Elastic Beanstalk unpacks."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            items = bundle.infolist()
            if sum(item.file_size for item in items) > UNPACKED_MAX_BYTES:
                return VersionStatus.FAILED
            # This reads no more of a file than its entry states.
            if bundle.testzip() is not None:
                return VersionStatus.FAILED
    except UNREADABLE:
        return VersionStatus.FAILED
    return VersionStatus.PROCESSED if items else VersionStatus.FAILED


def _emit_creation(cloud: Cloud, call: Call, status: VersionStatus) -> None:
    label = call.parameters["VersionLabel"]
    about = Subject(call.parameters["ApplicationName"], label=label)
    cloud.state.emit(about, call.request_id, Severity.INFO, f"Created new Application Version: {label}")
    if call.parameters.get("Process"):
        severity = Severity.INFO if status == VersionStatus.PROCESSED else Severity.ERROR
        finished = f"Finished processing application version {label}: {status}."
        cloud.state.emit(about, call.request_id, severity, finished)


def _description(cloud: Cloud, version: Version) -> dict[str, Any]:
    """The ApplicationVersionDescription of a version."""
    return {
        "ApplicationVersionArn": f"{cloud.settings.arn}:applicationversion/{version.application}/{version.label}",
        "ApplicationName": version.application,
        "Description": version.description or None,
        "VersionLabel": version.label,
        "SourceBundle": {"S3Bucket": version.bucket, "S3Key": version.key},
        "DateCreated": lookups.api_time(version.created),
        "DateUpdated": lookups.api_time(version.updated),
        "Status": version.status,
    }
