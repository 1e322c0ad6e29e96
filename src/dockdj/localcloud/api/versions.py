"""Application versions: a label for a source bundle. The bundle's bytes are kept when the version is made."""

from __future__ import annotations

import io
import time
import zipfile
from hashlib import sha256
from typing import Any

from dockdj.localcloud import jobs
from dockdj.localcloud.api import applications
from dockdj.localcloud.api.pages import page
from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.database import Row, Subject, among
from dockdj.localcloud.state.durable_files import remove, write


def create(cloud: Cloud, call: Call) -> dict[str, Any]:
    """CreateApplicationVersion from a bundle in S3."""
    name, label = call.given["ApplicationName"], call.given["VersionLabel"]
    bucket, key, content = _source(cloud, call)
    bundle = sha256(content).hexdigest()
    path = jobs.bundle_path(cloud.folder, bundle)
    if label != label.strip() or "/" in label:
        raise invalid("Value at 'versionLabel' failed to satisfy constraint: no '/' and no spaces at its ends.")
    with cloud.state.transaction():
        if not cloud.state.row("SELECT 1 FROM applications WHERE name = ?", name) and call.given.get(
            "AutoCreateApplication"
        ):
            applications.add(cloud, name, "", call.request_id)
        lookups.application(cloud.state, name)
        if cloud.state.row("SELECT 1 FROM versions WHERE application = ? AND label = ?", name, label):
            raise invalid(f"Application Version {label} already exists.")
        path.parent.mkdir(exist_ok=True)
        write(path, content)
        status = _processed(content) if call.given.get("Process") else "UNPROCESSED"
        now = time.time()
        cloud.state.insert(
            "versions",
            application=name,
            label=label,
            description=call.given.get("Description", ""),
            bucket=bucket,
            key=key,
            bundle=bundle,
            status=status,
            created=now,
            updated=now,
        )
        about = Subject(name, label=label)
        cloud.state.emit(about, call.request_id, "INFO", f"Created new Application Version: {label}")
        if call.given.get("Process"):
            severity = "INFO" if status == "PROCESSED" else "ERROR"
            done = f"Finished processing application version {label}: {status}."
            cloud.state.emit(about, call.request_id, severity, done)
        return {"ApplicationVersion": _shown(cloud, lookups.version(cloud.state, name, label))}


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeApplicationVersions, newest first."""
    by_application, application = among("application", _alone(call.given.get("ApplicationName")))
    by_label, labels = among("label", call.given.get("VersionLabels"))
    found = cloud.state.rows(
        f"SELECT * FROM versions WHERE {by_application} AND {by_label} ORDER BY created DESC, label",
        *application,
        *labels,
    )
    shown, token = page(found, call.given)
    return {"ApplicationVersions": [_shown(cloud, row) for row in shown], "NextToken": token}


def delete(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DeleteApplicationVersion, unless an environment runs it or is on the way to it."""
    name, label = call.given["ApplicationName"], call.given["VersionLabel"]
    with cloud.state.transaction():
        found = lookups.version(cloud.state, name, label)
        users = cloud.state.rows(
            f"SELECT name FROM environments WHERE application = ? AND (label = ? OR target = ?) AND {lookups.LIVING}",
            *(name, label, label),
        )
        if users:
            raise invalid(
                f"Unable to delete application version {label}: it is in use by environment {users[0]['name']}."
            )
        cloud.state.change("DELETE FROM versions WHERE application = ? AND label = ?", name, label)
        cloud.state.emit(Subject(name, label=label), call.request_id, "INFO", f"Deleted Application Version: {label}")
        used = cloud.state.row("SELECT 1 FROM versions WHERE bundle = ?", found["bundle"])
    if not used:
        remove(jobs.bundle_path(cloud.folder, found["bundle"]))
    if call.given.get("DeleteSourceBundle"):
        cloud.storage.delete(found["bucket"], found["key"])
    return {}


def _source(cloud: Cloud, call: Call) -> tuple[str, str, bytes]:
    if set(call.given) & {"SourceBuildInformation", "BuildConfiguration", "ImageConfiguration"}:
        raise ApiError("InvalidParameterCombination", "The local cloud makes versions from a SourceBundle in S3 only.")
    source = call.given.get("SourceBundle", {})
    bucket, key = source.get("S3Bucket", ""), source.get("S3Key", "")
    if not bucket or not key:
        raise ApiError(
            "MissingParameter", "SourceBundle needs S3Bucket and S3Key: the local cloud has no sample application."
        )
    content = cloud.storage.read(bucket, key)
    if content is None:
        reason = f"Unable to download from S3 location (Bucket: {bucket}  Key: {key}). Reason: Not Found"
        raise ApiError("InvalidParameterCombination", reason)
    return bucket, key, content


def _processed(content: bytes) -> str:
    """What Process finds: whether the bundle is a zip whose files can be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            return "PROCESSED" if bundle.namelist() and bundle.testzip() is None else "FAILED"
    except zipfile.BadZipFile:
        return "FAILED"


def _alone(name: str | None) -> list[str] | None:
    return [name] if name else None


def _shown(cloud: Cloud, row: Row) -> dict[str, Any]:
    return {
        "ApplicationVersionArn": f"{cloud.settings.arn}:applicationversion/{row['application']}/{row['label']}",
        "ApplicationName": row["application"],
        "Description": row["description"] or None,
        "VersionLabel": row["label"],
        "SourceBundle": {"S3Bucket": row["bucket"], "S3Key": row["key"]},
        "DateCreated": lookups.moment(row["created"]),
        "DateUpdated": lookups.moment(row["updated"]),
        "Status": row["status"],
    }
