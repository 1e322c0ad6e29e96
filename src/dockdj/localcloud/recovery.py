"""The start of a cloud that has environments: their machines run again, and interrupted operations are undone."""

from __future__ import annotations

import uuid
from contextlib import suppress
from functools import partial

from dockdj.localcloud import jobs
from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.contract import DeploymentFailed, Severity
from dockdj.localcloud.job import Job, start, until_superseded
from dockdj.localcloud.state import former, lookups, transitions
from dockdj.localcloud.state.tables import Environment, EnvironmentStatus
from dockdj.localcloud.state.transitions import Change

STOPPED = "The local cloud was stopped during an operation on this environment; the operation did not complete."
UNDONE = (Severity.INFO, "The interrupted operation was undone or was complete: all instances run one version.")
NOT_STARTED = "The instances of this environment could not be started again: {}"


def recover(cloud: Cloud) -> None:
    """Resume after a stop: continue terminations, report interrupted operations, start the other environments."""
    for environment in lookups.environments(cloud.state):
        new_id = str(uuid.uuid4())
        if environment.status == EnvironmentStatus.TERMINATING:
            operation = environment.operation or new_id
            transitions.begin(cloud.state, environment, Change.TERMINATE_BY_FORCE, operation)
            cloud.work.begin(environment.id, partial(jobs.terminate, cloud, environment.id, operation))
            continue
        status: EnvironmentStatus = environment.status
        operation = environment.operation or new_id
        if status != EnvironmentStatus.READY:
            status = _interrupted(cloud, environment, operation)
        if status == EnvironmentStatus.READY:
            cloud.work.begin(environment.id, partial(resume, cloud, environment.id, new_id))
        else:
            cloud.work.begin(environment.id, partial(undo, cloud, environment.id, operation))


def _interrupted(cloud: Cloud, environment: Environment, operation: str) -> EnvironmentStatus:
    """Store that an operation did not complete, with the options from before it, and return the status."""
    before = former.parse(environment.former)
    with cloud.state.transaction():
        if before is not None:
            before.restore(cloud.state, environment.id)
        status = transitions.interrupt(cloud.state, environment, operation)
        cloud.state.emit(lookups.subject(environment), operation, Severity.ERROR, STOPPED)
    return status


@until_superseded
def resume(cloud: Cloud, environment_id: str, request_id: str) -> None:
    """Start an environment's machines after the cloud was down."""
    job = start(cloud, environment_id, request_id, resumes=True)
    try:
        _start_machines(job)
    except Exception as error:
        job.report_unexpected(error)
        job.emit(Severity.ERROR, NOT_STARTED.format(error))


@until_superseded
def undo(cloud: Cloud, environment_id: str, request_id: str) -> None:
    """Start an environment's machines after the cloud was down, and undo the update that this interrupted."""
    job = start(cloud, environment_id, request_id)
    try:
        with suppress(DeploymentFailed):
            _start_machines(job)
        cloud.operations.restore(job.spec, job.current_deployment(), job.emit, job.progress())
    except Exception as error:
        job.report_unexpected(error)
        job.finish(Change.ABORTED, [(Severity.ERROR, NOT_STARTED.format(error))])
    else:
        job.finish(Change.ABORTED, [UNDONE])


def _start_machines(job: Job) -> None:
    """Start an environment's machines, and store the balancer's port. Raises DeploymentFailed, Superseded."""
    try:
        job.store_port(job.cloud.operations.start(job.spec, job.current_deployment()))
    except DeploymentFailed as failure:
        if failure.port is not None:
            job.store_port(failure.port)
        raise
