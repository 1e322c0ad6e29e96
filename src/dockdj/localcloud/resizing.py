"""The job of the cloud's auto scaling: replace lost instances, and change a fleet's size."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection

from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.contract import DeploymentFailed, Severity
from dockdj.localcloud.job import Job, Superseded, persistently, start, until_superseded
from dockdj.localcloud.printable import printable
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.failure import StateClosed
from dockdj.localcloud.state.tables import EnvironmentStatus

IDLE = ""
"""The operation of an environment on which none runs."""


@until_superseded
def resize(cloud: Cloud, environment_id: str, lost: Collection[str], size: int | None = None) -> None:
    """Replace lost instances, and with `size` let the environment have so many from now on.

    The environment stays Ready, as on Elastic Beanstalk. An operation that has begun wins: nothing happens. One that
    begins later waits for the end.
    """
    job = _idle(cloud, environment_id)
    if size is not None:
        persistently(cloud, lambda: _store(job, size))
        job = _idle(cloud, environment_id)
    request_id = str(uuid.uuid4())

    def emit(severity: Severity, message: str) -> None:
        try:
            cloud.state.emit(lookups.subject(job.environment), request_id, severity, printable(message))
        except StateClosed as error:
            raise Superseded from error

    try:
        cloud.operations.resize(job.spec, job.current_deployment(), lost, emit)
    except DeploymentFailed as failure:
        logging.warning("the instances of %s could not be replaced or added: %s", job.environment.name, failure)


def _idle(cloud: Cloud, environment_id: str) -> Job:
    """The environment as it is without an operation. Raises Superseded if it is not Ready."""
    job = start(cloud, environment_id, IDLE)
    if job.environment.status != EnvironmentStatus.READY:
        raise Superseded
    return job


def _store(job: Job, size: int) -> None:
    statement = "UPDATE environments SET size = ? WHERE id = ? AND operation = ?"
    if job.cloud.state.change(statement, size, job.environment.id, IDLE) != 1:
        raise Superseded
