"""What happens in the background after the API has accepted an operation on an environment."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.contract import Deployment, DeploymentFailed, Emit, Severity, Spec
from dockdj.localcloud.platform import sample
from dockdj.localcloud.platform.option_rules import Key
from dockdj.localcloud.platform.options import platform_of, spec_of
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.database import Row

INCOMPLETE = (
    "Create environment operation is complete, but with errors. "
    "For more information, see troubleshooting documentation."
)
STOPPED = "The local cloud was stopped during an operation on this environment; the operation did not complete."


def launch(cloud: Cloud, identity: str, request_id: str) -> None:
    """Make a new environment's machines. One that fails is Ready and unhealthy, as on Elastic Beanstalk."""
    row, spec, emit = _context(cloud, identity, request_id)
    bucket = cloud.settings.bucket
    emit("INFO", f"Using {bucket} as Amazon S3 storage bucket for environment data.")
    try:
        port = cloud.operations.launch(spec, deployment(cloud, row, row["label"], row["deployment"]), emit)
    except Exception as error:
        _say_unexpected(error, emit)
        port_left = error.port if isinstance(error, DeploymentFailed) else None
        _finish(cloud, row, emit, [("ERROR", INCOMPLETE)], port=port_left)
    else:
        _finish(cloud, row, emit, [("INFO", f"Successfully launched environment: {row['name']}")], port=port)


def deploy(cloud: Cloud, identity: str, request_id: str, label: str, number: int) -> None:
    """Bring a version to an environment; when that fails the environment keeps its former label."""
    row, spec, emit = _context(cloud, identity, request_id, label)
    try:
        cloud.operations.deploy(spec, deployment(cloud, row, label, number), emit)
    except Exception as error:
        _say_unexpected(error, emit)
        _finish(cloud, row, emit, [("ERROR", "Failed to deploy application.")])
    else:
        _finish(
            cloud, row, emit, [("INFO", "Environment update completed successfully.")], label=label, deployment=number
        )


def configure(cloud: Cloud, identity: str, request_id: str, former: Mapping[Key, str]) -> None:
    """Bring changed options to an environment; when that fails, the former ones come back."""
    row, spec, emit = _context(cloud, identity, request_id)
    current = deployment(cloud, row, row["label"], row["deployment"])
    try:
        cloud.operations.configure(spec, current, emit)
    except Exception as error:
        _say_unexpected(error, emit)
        cloud.state.set_options(identity, former)
        _revert(cloud, row, spec_of(row, former), current, emit)
    else:
        done = "Successfully deployed new configuration to environment."
        _finish(cloud, row, emit, [("INFO", done), ("INFO", "Environment update completed successfully.")])


def terminate(cloud: Cloud, identity: str, request_id: str) -> None:
    """Remove an environment's machines. When that fails it is Ready again and can be terminated again."""
    row, spec, emit = _context(cloud, identity, request_id)
    try:
        cloud.operations.terminate(spec, emit)
    except Exception as error:
        _say_unexpected(error, emit)
        _finish(cloud, row, emit, [("ERROR", "Failed to terminate environment.")])
    else:
        _finish(cloud, row, emit, [("INFO", "terminateEnvironment completed successfully.")], status="Terminated")


def recover(cloud: Cloud) -> None:
    """At start: finish terminations, say which operations were cut off, and start the machines of what should run."""
    for row in cloud.state.rows(f"SELECT * FROM environments WHERE {lookups.LIVING}"):
        request_id = str(uuid.uuid4())
        if row["status"] == "Terminating":
            cloud.work.begin(row["id"], _bound(terminate, cloud, row["id"], request_id))
            continue
        if row["status"] != "Ready":
            with cloud.state.transaction():
                now, statement = (
                    time.time(),
                    "UPDATE environments SET status = 'Ready', target = NULL, updated = ? WHERE id = ?",
                )
                cloud.state.change(statement, now, row["id"])
                cloud.state.emit(lookups.subject(row), request_id, "ERROR", STOPPED)
        cloud.work.begin(row["id"], _bound(resume, cloud, row["id"], request_id))


def resume(cloud: Cloud, identity: str, request_id: str) -> None:
    """Start an environment's machines again after the cloud was down."""
    row, spec, emit = _context(cloud, identity, request_id)
    try:
        port = cloud.operations.start(spec, deployment(cloud, row, row["label"], row["deployment"]))
    except Exception as error:
        _say_unexpected(error, emit)
        emit("ERROR", f"The instances of this environment could not be started again: {error}")
    else:
        cloud.state.change("UPDATE environments SET port = ? WHERE id = ?", port, identity)


def deployment(cloud: Cloud, row: Row, label: str, number: int) -> Deployment:
    """A version of an environment's application on its way to the instances."""
    if label == sample.LABEL:
        return Deployment(id=number, version_label=label, bundle=sample.bundle(cloud.folder, platform_of(row)))
    version = lookups.version(cloud.state, row["application"], label)
    return Deployment(id=number, version_label=label, bundle=bundle_path(cloud.folder, version["bundle"]))


def bundle_path(folder: Path, digest: str) -> Path:
    """Where the source bundle with this SHA-256 is kept."""
    return folder / "bundles" / f"{digest}.zip"


def _context(cloud: Cloud, identity: str, request_id: str, label: str | None = None) -> tuple[Row, Spec, Emit]:
    row = cloud.state.row("SELECT * FROM environments WHERE id = ?", identity)
    assert row is not None
    about = lookups.subject(row, label)

    def emit(severity: Severity, message: str) -> None:
        cloud.state.emit(about, request_id, severity, message)

    return row, spec_of(row, cloud.state.options(identity)), emit


def _finish(
    cloud: Cloud,
    row: Row,
    emit: Emit,
    last: list[tuple[Severity, str]],
    *,
    status: str = "Ready",
    **columns: object,
) -> None:
    """Status and last event are seen together: a waiter may look at either."""
    changes = {"status": status, "updated": time.time(), "target": None, **columns}
    names = ", ".join(f"{name} = ?" for name in changes)
    with cloud.state.transaction():
        cloud.state.change(f"UPDATE environments SET {names} WHERE id = ?", *changes.values(), row["id"])
        for severity, message in last:
            emit(severity, message)


def _revert(cloud: Cloud, row: Row, former: Spec, current: Deployment, emit: Emit) -> None:
    reverted: tuple[Severity, str] = ("INFO", "The environment was reverted to the previous configuration setting.")
    failed: tuple[Severity, str] = ("ERROR", "Failed to deploy configuration.")
    try:
        cloud.operations.configure(former, current, emit)
    except Exception as error:
        _say_unexpected(error, emit)
        _finish(cloud, row, emit, [failed])
    else:
        _finish(cloud, row, emit, [failed, reverted])


def _say_unexpected(error: Exception, emit: Emit) -> None:
    """A DeploymentFailed has told its story in events already; anything else is ours to tell."""
    if not isinstance(error, DeploymentFailed):
        logging.exception("an operation broke", exc_info=error)
        emit("ERROR", f"The local cloud could not go on: {error}")


def _bound(job: Callable[[Cloud, str, str], None], cloud: Cloud, identity: str, request_id: str) -> Callable[[], None]:
    return lambda: job(cloud, identity, request_id)
