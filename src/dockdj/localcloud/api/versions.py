"""Actions on application versions: labels of source bundles. The cloud keeps its own copy of each bundle."""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from dockdj.localcloud import job
from dockdj.localcloud.api import applications
from dockdj.localcloud.api.pages import page
from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import Severity
from dockdj.localcloud.damaged_zip import UNREADABLE
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.database import Subject, all_of, among
from dockdj.localcloud.state.durable_files import write
from dockdj.localcloud.state.tables import Version, VersionStatus

UNPACKED_MAX_BYTES = 1024**3


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
    with state.transaction():
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
        _emit_creation(cloud, call, status)
        return {"ApplicationVersion": _description(cloud, lookups.version(state, name, label))}


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


def delete(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DeleteApplicationVersion. Refused while an environment runs the version or updates to it."""
    name, label = call.parameters["ApplicationName"], call.parameters["VersionLabel"]
    with cloud.state.transaction():
        version = lookups.version(cloud.state, name, label)
        for environment in lookups.environments_of(cloud.state, name):
            if label in (environment.label, environment.target):
                user = environment.name
                raise invalid(f"Unable to delete application version {label}: it is in use by environment {user}.")
        cloud.state.change("DELETE FROM versions WHERE application = ? AND label = ?", name, label)
        deleted = f"Deleted Application Version: {label}"
        cloud.state.emit(Subject(name, label=label), call.request_id, Severity.INFO, deleted)
    job.remove_unused_bundle(cloud, version.bundle)
    if call.parameters.get("DeleteSourceBundle"):
        cloud.storage.delete(version.bucket, version.key)
    return {}


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
