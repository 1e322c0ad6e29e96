"""Background jobs: the operations on environments that the API has accepted."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import replace
from functools import partial

from dockdj.localcloud import instance_logs
from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.contract import DeploymentFailed, Severity, Spec
from dockdj.localcloud.job import Former, Job, Superseded, finish_together, start, until_superseded
from dockdj.localcloud.platform.options import spec_of
from dockdj.localcloud.state import lookups, transitions
from dockdj.localcloud.state.tables import EnvironmentStatus
from dockdj.localcloud.state.transitions import Change

INCOMPLETE = (
    "Create environment operation is complete, but with errors. "
    "For more information, see troubleshooting documentation."
)
STOPPED = "The local cloud was stopped during an operation on this environment; the operation did not complete."


@until_superseded
def launch(cloud: Cloud, environment_id: str, request_id: str) -> None:
    """Create a new environment's machines. A failed launch leaves it Ready and unhealthy, as on Elastic Beanstalk."""
    job = start(cloud, environment_id, request_id)
    bucket = cloud.settings.bucket
    job.emit(Severity.INFO, f"Using {bucket} as Amazon S3 storage bucket for environment data.")
    _create_machines(job)


@until_superseded
def deploy(cloud: Cloud, environment_id: str, request_id: str, label: str, number: int) -> None:
    """Deploy a version to an environment. After a failure the environment keeps its former label."""
    job = start(cloud, environment_id, request_id, label)
    try:
        cloud.operations.deploy(job.spec, job.deployment(label, number), job.emit)
    except Exception as error:
        job.report_unexpected(error)
        job.finish(Change.UPDATED, [(Severity.ERROR, "Failed to deploy application.")])
    else:
        completed = (Severity.INFO, "Environment update completed successfully.")
        job.finish(Change.UPDATED, [completed], label=label, deployment=number)


@until_superseded
def configure(cloud: Cloud, environment_id: str, request_id: str, former: Former) -> None:
    """Apply changed options and another platform version. After a failure the former ones are restored."""
    job = start(cloud, environment_id, request_id)
    try:
        cloud.operations.configure(job.spec, job.current_deployment(), job.emit)
    except Exception as error:
        job.report_unexpected(error)
        job.restore_configuration(former)
        _revert(job, spec_of(replace(job.environment, stack=former.stack), former.options))
    else:
        job.finish(
            Change.UPDATED,
            [
                (Severity.INFO, "Successfully deployed new configuration to environment."),
                (Severity.INFO, "Environment update completed successfully."),
            ],
        )


@until_superseded
def rebuild(cloud: Cloud, environment_id: str, request_id: str) -> None:
    """Remove an environment's machines and create new ones, with the same version, options and address."""
    job = start(cloud, environment_id, request_id)
    try:
        cloud.operations.terminate(job.spec, job.emit)
    except Exception as error:
        job.report_unexpected(error)
        job.finish(Change.LAUNCHED, [(Severity.ERROR, INCOMPLETE)])
    else:
        _create_machines(job)


def _create_machines(job: Job) -> None:
    """Launch an environment and finish its job. Raises Superseded."""
    try:
        port = job.cloud.operations.launch(job.spec, job.current_deployment(), job.emit)
    except Exception as error:
        job.report_unexpected(error)
        remaining_port = error.port if isinstance(error, DeploymentFailed) else None
        job.finish(Change.LAUNCHED, [(Severity.ERROR, INCOMPLETE)], port=remaining_port)
    else:
        launched = (Severity.INFO, f"Successfully launched environment: {job.environment.name}")
        job.finish(Change.LAUNCHED, [launched], port=port)


@until_superseded
def restart(cloud: Cloud, environment_id: str, request_id: str) -> None:
    """Restart the application on all instances of an environment."""
    job = start(cloud, environment_id, request_id)
    try:
        cloud.operations.restart(job.spec, job.emit)
    except Exception as error:
        job.report_unexpected(error)
        job.finish(Change.UPDATED, [(Severity.ERROR, "Failed to restart application server(s).")])
    else:
        job.finish(Change.UPDATED, [(Severity.INFO, "Environment update completed successfully.")])


def swap(cloud: Cloud, source_id: str, destination_id: str, request_id: str) -> None:
    """Exchange the addresses of two environments: each gets the other's balancer.

    If one of them is terminated by force meanwhile, the other keeps its own.
    """
    jobs = [job for each in (source_id, destination_id) if (job := _started(cloud, each, request_id))]
    about = f"environments {' and '.join(repr(job.environment.name) for job in jobs)}."
    pairs = list(zip(jobs, reversed(jobs), strict=True))
    try:
        if len(jobs) < 2:
            raise Superseded
        jobs[0].emit(Severity.INFO, f"Swapping CNAMEs for {about}")
        for job, other in pairs:
            cloud.operations.rewire(_with_balancer_of(job, other), job.emit)
        completed = (Severity.INFO, f"Completed swapping CNAMEs for {about}")
        finish_together(Change.UPDATED, completed, [(job, _address(other)) for job, other in pairs])
    except Exception as error:
        for job in jobs:
            _undo_swap(job, error, (Severity.ERROR, f"Failed to swap CNAMEs for {about}"))


def _started(cloud: Cloud, environment_id: str, request_id: str) -> Job | None:
    """The job of an accepted operation, or None if its environment was terminated meanwhile."""
    with suppress(Superseded):
        return start(cloud, environment_id, request_id)
    return None


def _with_balancer_of(job: Job, other: Job) -> Spec:
    """The spec of an environment with another one's balancer."""
    return replace(job.spec, balancer=other.spec.balancer_id, port=other.spec.port)


def _address(job: Job) -> dict[str, object]:
    """The columns of an environment that belong to its address."""
    return {
        "balancer": job.spec.balancer_id,
        "port": job.environment.port,
        "cname_prefix": job.environment.cname_prefix,
    }


@until_superseded
def _undo_swap(job: Job, error: Exception, failed: tuple[Severity, str]) -> None:
    """Give an environment its own balancer again, unless it is terminated meanwhile."""
    job.require_current()
    try:
        job.cloud.operations.rewire(job.spec, job.emit)
    except Exception as second:
        job.report_unexpected(second)
    if not isinstance(error, Superseded):
        job.report_unexpected(error)
    job.finish(Change.UPDATED, [failed])


@until_superseded
def terminate(cloud: Cloud, environment_id: str, request_id: str) -> None:
    """Remove an environment's machines. After a failure it is Ready and can be terminated again."""
    job = start(cloud, environment_id, request_id)
    try:
        cloud.operations.terminate(job.spec, job.emit)
    except Exception as error:
        job.report_unexpected(error)
        job.finish(Change.TERMINATION_FAILED, [(Severity.ERROR, "Failed to terminate environment.")])
    else:
        instance_logs.remove(cloud, job.environment)
        completed = (Severity.INFO, "terminateEnvironment completed successfully.")
        job.finish(Change.TERMINATED, [completed])


def recover(cloud: Cloud) -> None:
    """Resume after a stop: continue terminations, report interrupted operations, start the other environments."""
    for environment in lookups.environments(cloud.state):
        new_id = str(uuid.uuid4())
        if environment.status == EnvironmentStatus.TERMINATING:
            operation = environment.operation or new_id
            transitions.begin(cloud.state, environment, Change.TERMINATE_BY_FORCE, operation)
            cloud.work.begin(environment.id, partial(terminate, cloud, environment.id, operation))
            continue
        if environment.status != EnvironmentStatus.READY:
            with cloud.state.transaction():
                transitions.end(cloud.state, environment.id, environment.operation, Change.INTERRUPTED)
                cloud.state.emit(lookups.subject(environment), environment.operation or new_id, Severity.ERROR, STOPPED)
        cloud.work.begin(environment.id, partial(resume, cloud, environment.id, new_id))


@until_superseded
def resume(cloud: Cloud, environment_id: str, request_id: str) -> None:
    """Start an environment's machines after the cloud was down."""
    job = start(cloud, environment_id, request_id, resumes=True)
    try:
        port = cloud.operations.start(job.spec, job.current_deployment())
    except Exception as error:
        job.report_unexpected(error)
        job.emit(Severity.ERROR, f"The instances of this environment could not be started again: {error}")
    else:
        job.store_port(port)


def _revert(job: Job, former: Spec) -> None:
    failed = (Severity.ERROR, "Failed to deploy configuration.")
    reverted = (Severity.INFO, "The environment was reverted to the previous configuration setting.")
    try:
        job.cloud.operations.configure(former, job.current_deployment(), job.emit)
    except Exception as error:
        job.report_unexpected(error)
        job.finish(Change.UPDATED, [failed])
    else:
        job.finish(Change.UPDATED, [failed, reverted])
