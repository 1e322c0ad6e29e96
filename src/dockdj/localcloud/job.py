"""One operation on an environment: its reports, and its end in the state."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.contract import Deployment, DeploymentFailed, Progress, Severity, Spec
from dockdj.localcloud.environment_options import errors_of, options_of, options_of_version
from dockdj.localcloud.platform import sample
from dockdj.localcloud.platform.option_rules import Key
from dockdj.localcloud.platform.options import platform_of, spec_of
from dockdj.localcloud.polling import poll
from dockdj.localcloud.printable import printable
from dockdj.localcloud.state import lookups, transitions
from dockdj.localcloud.state.durable_files import remove
from dockdj.localcloud.state.failure import StateClosed, StateFailed
from dockdj.localcloud.state.former import Former
from dockdj.localcloud.state.tables import Environment
from dockdj.localcloud.state.transitions import Change

STORE_AGAIN_SECONDS = 1.0
INVALID_OPTIONS = '"option_settings" in one of the configuration files failed validation. More details to follow.'

LastEvent = tuple[Severity, str]
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Superseded(Exception):
    """The environment was terminated or replaced meanwhile. The job must neither work nor write any more."""


@dataclass(frozen=True)
class Job:
    """One operation on an environment, and the event stream that reports it."""

    cloud: Cloud
    request_id: str
    environment: Environment
    spec: Spec
    label: str | None = None
    """The version label that the events mention."""
    resumes: bool = False
    """The job starts the environment's machines again and is no operation of the API."""

    def emit(self, severity: Severity, message: str) -> None:
        """Add an event about the environment. An event that cannot be stored is only logged.

        Raises Superseded, so that the operation stops, if another one has replaced it.
        """
        try:
            with self.cloud.state.transaction():
                self.require_current()
                self.add_event(severity, message)
        except StateClosed as error:
            raise Superseded from error
        except StateFailed as error:
            logging.error("the event %r is lost: %s", message, error)

    def require_current(self) -> None:
        """Raises Superseded if another operation has replaced this one. A resumption yields to terminations only."""
        _current(self.cloud, self.environment.id, None if self.resumes else self.request_id)

    def progress(self, **columns: object) -> Progress:
        """The front's part in an update. `columns` are those of the environment that the update changes."""

        def proceed() -> None:
            try:
                self.require_current()
            except StateClosed as error:
                raise Superseded from error
            except StateFailed as error:
                logging.error("the operation continues: %s", error)

        def adopt(group: str) -> None:
            persistently(self.cloud, lambda: self._adopt({"instance_group": group, **columns}))

        return Progress(proceed, adopt)

    def _adopt(self, columns: Mapping[str, object]) -> None:
        """Store that an update has reached its goal and cannot be undone any more. Raises Superseded."""
        self.require_current()
        values = {**columns, **transitions.NOT_UNDONE}
        assignments = ", ".join(f"{column} = ?" for column in values)
        statement = f"UPDATE environments SET {assignments} WHERE id = ?"
        self.cloud.state.change(statement, *values.values(), self.environment.id)

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

    def finish(self, change: Change, events: list[LastEvent], **columns: object) -> None:
        """Set status and last events in one transaction, because clients wait for either.

        Raises Superseded.
        """

        def store() -> None:
            state, environment = self.cloud.state, self.environment
            if not transitions.end(state, environment.id, self.request_id, change, **columns):
                raise Superseded
            for severity, message in events:
                self.add_event(severity, message)

        persistently(self.cloud, store)

    def report_unexpected(self, error: Exception) -> None:
        """Log an error and emit it, unless it is a DeploymentFailed, which events have already explained.

        Raises Superseded.
        """
        if isinstance(error, Superseded):
            raise error
        if not isinstance(error, DeploymentFailed):
            logging.exception("an operation failed unexpectedly", exc_info=error)
            self.emit(Severity.ERROR, f"The local cloud could not continue: {printable(str(error))}")

    def check_options(self, label: str) -> None:
        """Raises DeploymentFailed if options of a version's configuration files are invalid; events tell which."""
        errors = errors_of(self.cloud, self.environment, label)
        if not errors:
            return
        self.emit(Severity.ERROR, INVALID_OPTIONS)
        for error in errors:
            self.emit(Severity.ERROR, error.message)
        raise DeploymentFailed(INVALID_OPTIONS)

    def spec_with(self, former: Mapping[Key, str], stack: str) -> Spec:
        """The spec of the environment with former options of the API, and a former solution stack."""
        from_bundle = options_of_version(self.cloud, self.environment.application, self.environment.label)
        return spec_of(replace(self.environment, stack=stack), {**from_bundle, **former})

    def restore_configuration(self, former: Former) -> None:
        """Store the configuration from before the operation. Raises Superseded."""

        def store() -> None:
            self.require_current()
            former.restore(self.cloud.state, self.environment.id)

        persistently(self.cloud, store)

    def store_port(self, port: int) -> None:
        """Store the balancer's port. Raises Superseded."""

        def store() -> None:
            self.require_current()
            self.cloud.state.change("UPDATE environments SET port = ? WHERE id = ?", port, self.environment.id)

        persistently(self.cloud, store)

    def add_event(self, severity: Severity, message: str) -> None:
        """Add an event within the transaction that runs."""
        about = lookups.subject(self.environment, self.label)
        self.cloud.state.emit(about, self.request_id, severity, printable(message))


def finish_together(change: Change, event: LastEvent, jobs: Sequence[tuple[Job, Mapping[str, object]]]) -> None:
    """Set the statuses, columns and last event of several environments in one transaction. Raises Superseded."""

    def store() -> None:
        for job, columns in jobs:
            if not transitions.end(job.cloud.state, job.environment.id, job.request_id, change, **columns):
                raise Superseded
            job.add_event(*event)

    persistently(jobs[0][0].cloud, store)


def persistently(cloud: Cloud, action: Callable[[], Result]) -> Result:
    """Read or write the state in one transaction, again and again until it succeeds.

    An operation changes machines, and its end does not go away because the disk is full. Raises Superseded when the
    server stops.
    """

    def attempt() -> tuple[Result] | None:
        try:
            with cloud.state.transaction():
                return (action(),)
        except StateClosed as error:
            raise Superseded from error
        except StateFailed as error:
            logging.error("trying again: %s", error)
            return None

    outcome = poll(attempt, seconds=math.inf, every=STORE_AGAIN_SECONDS)
    assert outcome is not None
    return outcome[0]


def until_superseded(operation: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Let a job end without a trace when another operation has replaced it."""

    @wraps(operation)
    def run(*arguments: Parameters.args, **named: Parameters.kwargs) -> None:
        try:
            operation(*arguments, **named)
        except Superseded:
            logging.info("%s stops: another operation has replaced it", operation.__name__)

    return run


def start(
    cloud: Cloud, environment_id: str, request_id: str, label: str | None = None, *, resumes: bool = False
) -> Job:
    """The job of an accepted operation. Raises Superseded if its environment was terminated or replaced meanwhile."""

    def read() -> Job:
        environment = _current(cloud, environment_id, None if resumes else request_id)
        spec = spec_of(environment, options_of(cloud, environment, label))
        return Job(cloud, request_id, environment, spec, label, resumes)

    return persistently(cloud, read)


def _current(cloud: Cloud, environment_id: str, operation: str | None) -> Environment:
    """The environment of this operation, or of a resumption without one. Raises Superseded."""
    environment = (
        transitions.lasting(cloud.state, environment_id)
        if operation is None
        else transitions.current(cloud.state, environment_id, operation)
    )
    if environment is None:
        raise Superseded
    return environment


def bundle_path(folder: Path, digest: str) -> Path:
    """The file that keeps the source bundle with this SHA-256."""
    return folder / "bundles" / f"{digest}.zip"


def remove_unused_bundle(cloud: Cloud, digest: str) -> None:
    """Remove a source bundle unless a version has it. A failure is only logged, because the version is gone."""
    try:
        # The transaction excludes a request that registers the same bundle now.
        with cloud.state.transaction():
            if not cloud.state.row("SELECT 1 FROM versions WHERE bundle = ?", digest):
                remove(bundle_path(cloud.folder, digest))
    except StateFailed as error:
        logging.error("the bundle of a deleted version remains: %s", error)
