"""Background jobs: the operations on environments that the API has accepted."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.contract import Deployment, DeploymentFailed, Severity, Spec
from dockdj.localcloud.platform import sample
from dockdj.localcloud.platform.option_rules import Key
from dockdj.localcloud.platform.options import platform_of, spec_of
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.tables import Environment, EnvironmentStatus

INCOMPLETE = (
    "Create environment operation is complete, but with errors. "
    "For more information, see troubleshooting documentation."
)
STOPPED = "The local cloud was stopped during an operation on this environment; the operation did not complete."

LastEvent = tuple[Severity, str]


@dataclass(frozen=True)
class Job:
    """One operation on an environment, and the event stream that reports it."""

    cloud: Cloud
    request_id: str
    environment: Environment
    spec: Spec
    label: str | None = None
    """The version label that the events mention."""

    def emit(self, severity: Severity, message: str) -> None:
        """Add an event about the environment."""
        self.cloud.state.emit(lookups.subject(self.environment, self.label), self.request_id, severity, message)

    def current_deployment(self) -> Deployment:
        """The deployment that the environment runs."""
        return self.deployment(self.environment.label, self.environment.deployment)

    def deployment(self, label: str, number: int) -> Deployment:
        """A deployment of a version of the environment's application."""
        folder = self.cloud.folder
        if label == sample.LABEL:
            return Deployment(
                id=number, version_label=label, bundle=sample.bundle(folder, platform_of(self.environment))
            )
        version = lookups.version(self.cloud.state, self.environment.application, label)
        return Deployment(id=number, version_label=label, bundle=bundle_path(folder, version.bundle))

    def finish(
        self,
        events: list[LastEvent],
        *,
        status: EnvironmentStatus = EnvironmentStatus.READY,
        **columns: object,
    ) -> None:
        """Set status and last events in one transaction, because clients wait for either."""
        with self.cloud.state.transaction():
            self.cloud.state.update_environment(
                self.environment.id, status=status, updated=time.time(), target=None, **columns
            )
            for severity, message in events:
                self.emit(severity, message)

    def report_unexpected(self, error: Exception) -> None:
        """Log an error and emit it, unless it is a DeploymentFailed, which events have already explained."""
        if not isinstance(error, DeploymentFailed):
            logging.exception("an operation failed unexpectedly", exc_info=error)
            self.emit(Severity.ERROR, f"The local cloud could not continue: {error}")


def launch(cloud: Cloud, environment_id: str, request_id: str) -> None:
    """Create a new environment's machines. A failed launch leaves it Ready and unhealthy, as on Elastic Beanstalk."""
    job = _job(cloud, environment_id, request_id)
    bucket = cloud.settings.bucket
    job.emit(Severity.INFO, f"Using {bucket} as Amazon S3 storage bucket for environment data.")
    try:
        port = cloud.operations.launch(job.spec, job.current_deployment(), job.emit)
    except Exception as error:
        job.report_unexpected(error)
        remaining_port = error.port if isinstance(error, DeploymentFailed) else None
        job.finish([(Severity.ERROR, INCOMPLETE)], port=remaining_port)
    else:
        job.finish([(Severity.INFO, f"Successfully launched environment: {job.environment.name}")], port=port)


def deploy(cloud: Cloud, environment_id: str, request_id: str, label: str, number: int) -> None:
    """Deploy a version to an environment. After a failure the environment keeps its former label."""
    job = _job(cloud, environment_id, request_id, label)
    try:
        cloud.operations.deploy(job.spec, job.deployment(label, number), job.emit)
    except Exception as error:
        job.report_unexpected(error)
        job.finish([(Severity.ERROR, "Failed to deploy application.")])
    else:
        completed = (Severity.INFO, "Environment update completed successfully.")
        job.finish([completed], label=label, deployment=number)


def configure(cloud: Cloud, environment_id: str, request_id: str, former: Mapping[Key, str]) -> None:
    """Apply changed options to an environment. After a failure the former options are restored."""
    job = _job(cloud, environment_id, request_id)
    try:
        cloud.operations.configure(job.spec, job.current_deployment(), job.emit)
    except Exception as error:
        job.report_unexpected(error)
        cloud.state.set_options(environment_id, former)
        _revert(job, spec_of(job.environment, former))
    else:
        job.finish(
            [
                (Severity.INFO, "Successfully deployed new configuration to environment."),
                (Severity.INFO, "Environment update completed successfully."),
            ]
        )


def terminate(cloud: Cloud, environment_id: str, request_id: str) -> None:
    """Remove an environment's machines. After a failure it is Ready and can be terminated again."""
    job = _job(cloud, environment_id, request_id)
    try:
        cloud.operations.terminate(job.spec, job.emit)
    except Exception as error:
        job.report_unexpected(error)
        job.finish([(Severity.ERROR, "Failed to terminate environment.")])
    else:
        completed = (Severity.INFO, "terminateEnvironment completed successfully.")
        job.finish([completed], status=EnvironmentStatus.TERMINATED)


def recover(cloud: Cloud) -> None:
    """Resume after a stop: continue terminations, report interrupted operations, start the other environments."""
    for environment in lookups.environments(cloud.state):
        request_id = str(uuid.uuid4())
        if environment.status == EnvironmentStatus.TERMINATING:
            cloud.work.begin(environment.id, _bound(terminate, cloud, environment.id, request_id))
            continue
        if environment.status != EnvironmentStatus.READY:
            with cloud.state.transaction():
                cloud.state.update_environment(
                    environment.id, status=EnvironmentStatus.READY, target=None, updated=time.time()
                )
                cloud.state.emit(lookups.subject(environment), request_id, Severity.ERROR, STOPPED)
        cloud.work.begin(environment.id, _bound(resume, cloud, environment.id, request_id))


def resume(cloud: Cloud, environment_id: str, request_id: str) -> None:
    """Start an environment's machines after the cloud was down."""
    job = _job(cloud, environment_id, request_id)
    try:
        port = cloud.operations.start(job.spec, job.current_deployment())
    except Exception as error:
        job.report_unexpected(error)
        job.emit(Severity.ERROR, f"The instances of this environment could not be started again: {error}")
    else:
        cloud.state.update_environment(environment_id, port=port)


def bundle_path(folder: Path, digest: str) -> Path:
    """The file that keeps the source bundle with this SHA-256."""
    return folder / "bundles" / f"{digest}.zip"


def _job(cloud: Cloud, environment_id: str, request_id: str, label: str | None = None) -> Job:
    environment = lookups.environment_by_id(cloud.state, environment_id)
    return Job(cloud, request_id, environment, spec_of(environment, cloud.state.options(environment_id)), label)


def _revert(job: Job, former: Spec) -> None:
    failed = (Severity.ERROR, "Failed to deploy configuration.")
    reverted = (Severity.INFO, "The environment was reverted to the previous configuration setting.")
    try:
        job.cloud.operations.configure(former, job.current_deployment(), job.emit)
    except Exception as error:
        job.report_unexpected(error)
        job.finish([failed])
    else:
        job.finish([failed, reverted])


def _bound(
    operation: Callable[[Cloud, str, str], None], cloud: Cloud, environment_id: str, request_id: str
) -> Callable[[], None]:
    return lambda: operation(cloud, environment_id, request_id)
