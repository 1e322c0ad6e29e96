"""Health reports: a cache of instance states, so that not every request inspects the machines.

On Elastic Beanstalk, agents report every 10 seconds (Developer Guide, "Enhanced health reporting"). Here, a report runs
several programs for each instance, and a client that waits for an environment asks twice a second.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from dockdj.localcloud.contract import (
    UNWATCHED,
    Deployment,
    Emit,
    InstanceState,
    LogKind,
    Operations,
    Progress,
    Spec,
)

REPORT_SECONDS = 2.0
NEVER = float("-inf")


@dataclass
class Report:
    """The last report on one environment. The lock makes concurrent requests wait for one new report."""

    reported_at: float = NEVER
    instances: tuple[InstanceState, ...] = ()
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True)
class Reported:
    """Operations whose `instances` are at most REPORT_SECONDS old, and never older than the last operation."""

    operations: Operations
    reports: dict[str, Report] = field(default_factory=dict)

    def launch(self, spec: Spec, deployment: Deployment, emit: Emit) -> int:
        """See `contract.Operations`."""
        with self._outdating(spec):
            return self.operations.launch(spec, deployment, emit)

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        """See `contract.Operations`."""
        with self._outdating(spec):
            self.operations.deploy(spec, deployment, emit, progress)

    def configure(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        """See `contract.Operations`."""
        with self._outdating(spec):
            self.operations.configure(spec, deployment, emit, progress)

    def restore(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        """See `contract.Operations`."""
        with self._outdating(spec):
            self.operations.restore(spec, deployment, emit, progress)

    def restart(self, spec: Spec, emit: Emit) -> None:
        """See `contract.Operations`."""
        with self._outdating(spec):
            self.operations.restart(spec, emit)

    def rewire(self, spec: Spec, emit: Emit) -> None:
        """See `contract.Operations`."""
        with self._outdating(spec):
            self.operations.rewire(spec, emit)

    def terminate(self, spec: Spec, emit: Emit) -> None:
        """See `contract.Operations`."""
        with self._outdating(spec):
            self.operations.terminate(spec, emit)

    def logs(self, spec: Spec, kind: LogKind) -> Mapping[str, bytes]:
        """See `contract.Operations`."""
        return self.operations.logs(spec, kind)

    def start(self, spec: Spec, deployment: Deployment) -> int:
        """See `contract.Operations`."""
        with self._outdating(spec):
            return self.operations.start(spec, deployment)

    def instances(self, spec: Spec) -> tuple[InstanceState, ...]:
        """The instances of the last report, oldest first."""
        report = self._report(spec)
        with report.lock:
            if time.monotonic() - report.reported_at > REPORT_SECONDS:
                # Taken before the machines are inspected: an operation that ends meanwhile must outdate this report.
                begun = time.monotonic()
                report.instances = self.operations.instances(spec)
                report.reported_at = begun
            return report.instances

    @contextmanager
    def _outdating(self, spec: Spec) -> Iterator[None]:
        """Outdate the environment's report when an operation ends, whether it succeeds or fails."""
        try:
            yield
        finally:
            report = self._report(spec)
            with report.lock:
                report.reported_at = NEVER

    def _report(self, spec: Spec) -> Report:
        return self.reports.setdefault(spec.environment_id, Report())
