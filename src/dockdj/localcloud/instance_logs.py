"""The logs of instances as files in the account's bucket, as Elastic Beanstalk keeps them for fifteen minutes."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.contract import DeploymentFailed, LogKind, Severity
from dockdj.localcloud.environment_options import options_of
from dockdj.localcloud.platform.options import spec_of
from dockdj.localcloud.printable import printable
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.tables import Environment

FOLDER = "resources/environments/logs"
FILES = {LogKind.TAIL: ("TailLogs", "txt"), LogKind.BUNDLE: ("BundleLogs", "zip")}
VALID_SECONDS = 15 * 60
"""How long a file of logs can be read ("Viewing logs" in the developer guide)."""
DONE = {LogKind.TAIL: "Successfully finished tailing", LogKind.BUNDLE: "Successfully finished bundling"}
PULLED = "Pulled logs for environment instances."
FAILED = "Failed to pull logs for environment instances."
MILLISECONDS = 1000


@dataclass(frozen=True)
class Sample:
    """The logs of one instance at one time."""

    instance: str
    at: datetime
    """UTC, without time zone."""
    key: str
    """In the account's bucket."""


def pull(cloud: Cloud, environment: Environment, kind: LogKind, request_id: str) -> None:
    """Read the logs of all instances, write them into the bucket, and tell it by events."""
    about = lookups.subject(environment)
    try:
        _remove_old(cloud, environment, kind)
        logs = cloud.operations.logs(spec_of(environment, options_of(cloud, environment)), kind)
        for instance, content in logs.items():
            cloud.storage.put(cloud.settings.bucket, _key(environment, kind, instance), content)
            done = f"[Instance: {instance}] {DONE[kind]} logs."
            cloud.state.emit(about, request_id, Severity.INFO, done)
    except Exception as error:
        # The client waits for one of the two last events.
        if not isinstance(error, DeploymentFailed):
            logging.exception("the logs of %s could not be pulled", environment.name)
        cloud.state.emit(about, request_id, Severity.ERROR, printable(str(error)))
        cloud.state.emit(about, request_id, Severity.ERROR, FAILED)
    else:
        cloud.state.emit(about, request_id, Severity.INFO, PULLED)


def samples(cloud: Cloud, environment: Environment, kind: LogKind) -> list[Sample]:
    """The last logs of each instance, by its id."""
    found = [_sample(key) for key in cloud.storage.keys(cloud.settings.bucket, _prefix(environment, kind))]
    latest = {sample.instance: sample for sample in sorted(found, key=lambda sample: sample.at)}
    return [latest[instance] for instance in sorted(latest)]


def remove(cloud: Cloud, environment: Environment) -> None:
    """Remove all logs of an environment."""
    for kind in LogKind:
        for key in cloud.storage.keys(cloud.settings.bucket, _prefix(environment, kind)):
            cloud.storage.delete(cloud.settings.bucket, key)


def _remove_old(cloud: Cloud, environment: Environment, kind: LogKind) -> None:
    oldest = datetime.fromtimestamp(time.time() - VALID_SECONDS, UTC).replace(tzinfo=None)
    for key in cloud.storage.keys(cloud.settings.bucket, _prefix(environment, kind)):
        if _sample(key).at < oldest:
            cloud.storage.delete(cloud.settings.bucket, key)


def _prefix(environment: Environment, kind: LogKind) -> str:
    return f"{FOLDER}/{kind}/{environment.id}/"


def _key(environment: Environment, kind: LogKind, instance: str) -> str:
    name, suffix = FILES[kind]
    return f"{_prefix(environment, kind)}{instance}/{name}-{int(time.time() * MILLISECONDS)}.{suffix}"


def _sample(key: str) -> Sample:
    """The sample that a key of `_key` names. Keys that others wrote there count as the oldest."""
    *_, instance, name = key.split("/")
    number = name.rpartition("-")[2].partition(".")[0]
    milliseconds = int(number) if number.isascii() and number.isdigit() and len(number) <= 14 else 0
    return Sample(instance, datetime.fromtimestamp(milliseconds / MILLISECONDS, UTC).replace(tzinfo=None), key)
