"""Background jobs: the operations on environments that the API has accepted."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from dockdj.localcloud import instance_logs
from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.contract import DeploymentFailed, Severity, Spec
from dockdj.localcloud.job import Job, LastEvent, Superseded, finish_together, persistently, start, until_superseded
from dockdj.localcloud.state import transitions
from dockdj.localcloud.state.former import Former
from dockdj.localcloud.state.transitions import Change

INCOMPLETE = (
    "Create environment operation is complete, but with errors. "
    "For more information, see troubleshooting documentation."
)
NOT_DEPLOYED = (Severity.ERROR, "Failed to deploy application.")
NOT_CONFIGURED = (Severity.ERROR, "Failed to deploy configuration.")
REVERTED = (Severity.INFO, "The environment was reverted to the previous configuration setting.")
ABORTED = (Severity.INFO, "abortEnvironmentUpdate completed successfully.")
NOT_ABORTED = (Severity.ERROR, "Failed to abort environment update.")


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
    former = start(cloud, environment_id, request_id).spec
    try:
        job.check_options(label)
        progress = job.progress(label=label, deployment=number)
        if _apply_options_of_version(job, former):
            # The change may have replaced the instances.
            job = start(cloud, environment_id, request_id, label)
        cloud.operations.deploy(job.spec, job.deployment(label, number), job.emit, progress)
    except Exception as error:
        job.report_unexpected(error)
        _restore_options_of_version(job, former)
        job.finish(Change.UPDATED, [NOT_DEPLOYED])
    else:
        completed = (Severity.INFO, "Environment update completed successfully.")
        job.finish(Change.UPDATED, [completed], label=label, deployment=number)


@until_superseded
def configure(cloud: Cloud, environment_id: str, request_id: str, former: Former) -> None:
    """Apply changed options and another platform version. After a failure the former ones are restored."""
    job = start(cloud, environment_id, request_id)
    try:
        cloud.operations.configure(job.spec, job.current_deployment(), job.emit, job.progress())
    except Exception as error:
        job.report_unexpected(error)
        job.restore_configuration(former)
        _revert(job, job.spec_with(former.options, former.stack))
    else:
        job.finish(
            Change.UPDATED,
            [
                (Severity.INFO, "Successfully deployed new configuration to environment."),
                (Severity.INFO, "Environment update completed successfully."),
            ],
        )


def _apply_options_of_version(job: Job, former: Spec) -> bool:
    """Apply what a version's configuration files change, and tell if they change anything.

    The deployment itself changes the environment properties.
    """
    wanted = replace(job.spec, variables=former.variables)
    if wanted == former:
        return False
    job.emit(Severity.INFO, f"Updating environment {job.environment.name}'s configuration settings.")
    job.cloud.operations.configure(wanted, job.current_deployment(), job.emit, job.progress())
    return True


def _restore_options_of_version(job: Job, former: Spec) -> None:
    """Apply the options of the version that stays. Raises Superseded."""
    if replace(job.spec, variables=former.variables) == former:
        return
    try:
        job.cloud.operations.configure(former, job.current_deployment(), job.emit, job.progress())
    except Exception as error:
        job.report_unexpected(error)


@dataclass(frozen=True)
class Aborted:
    """The update that an abort undoes."""

    request_id: str
    changes_options: bool

    @property
    def failures(self) -> list[LastEvent]:
        """The events with which the update ends, so that its client stops waiting."""
        return [NOT_CONFIGURED, REVERTED] if self.changes_options else [NOT_DEPLOYED]


@until_superseded
def abort(cloud: Cloud, environment_id: str, request_id: str, aborted: Aborted) -> None:
    """Undo an update that has stopped: the version and the options from before it."""
    job = start(cloud, environment_id, request_id)
    last = ABORTED
    try:
        cloud.operations.restore(job.spec, job.current_deployment(), job.emit, job.progress())
    except Exception as error:
        job.report_unexpected(error)
        last = NOT_ABORTED
    persistently(cloud, lambda: _end_abort(job, aborted, last))


def _end_abort(job: Job, aborted: Aborted, last: LastEvent) -> None:
    """Store the ends of an aborted update and of its abort, in one transaction. Raises Superseded."""
    if not transitions.end(job.cloud.state, job.environment.id, job.request_id, Change.ABORTED):
        raise Superseded
    update = replace(job, request_id=aborted.request_id)
    for event in aborted.failures:
        update.add_event(*event)
    job.add_event(*last)


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
        job.check_options(job.environment.label)
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


def _revert(job: Job, former: Spec) -> None:
    try:
        job.cloud.operations.configure(former, job.current_deployment(), job.emit)
    except Exception as error:
        job.report_unexpected(error)
        job.finish(Change.UPDATED, [NOT_CONFIGURED])
    else:
        job.finish(Change.UPDATED, [NOT_CONFIGURED, REVERTED])
