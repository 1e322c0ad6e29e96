"""What health agents report: the state of instances, asked of the machines now and then, not at every request.

On Elastic Beanstalk, agents report every 10 seconds (Developer Guide, "Enhanced health reporting"). Here a report
costs several programs an instance, and whoever waits for an environment asks twice a second.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock

from dockdj.localcloud.contract import Deployment, Emit, InstanceState, Operations, Spec

REPORT_SECONDS = 2.0


@dataclass
class Report:
    """The last report of one environment; whoever finds it too old makes the next while others wait."""

    made: float = float("-inf")
    instances: tuple[InstanceState, ...] = ()
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True)
class Reported:
    """Operations whose `instances` are at most REPORT_SECONDS old, and never older than the last operation."""

    operations: Operations
    reports: dict[str, Report] = field(default_factory=dict)

    def launch(self, spec: Spec, deployment: Deployment, emit: Emit) -> int:
        """See `contract.Operations`."""
        try:
            return self.operations.launch(spec, deployment, emit)
        finally:
            self._forget(spec)

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit) -> None:
        """See `contract.Operations`."""
        try:
            self.operations.deploy(spec, deployment, emit)
        finally:
            self._forget(spec)

    def configure(self, spec: Spec, deployment: Deployment, emit: Emit) -> None:
        """See `contract.Operations`."""
        try:
            self.operations.configure(spec, deployment, emit)
        finally:
            self._forget(spec)

    def terminate(self, spec: Spec, emit: Emit) -> None:
        """See `contract.Operations`."""
        try:
            self.operations.terminate(spec, emit)
        finally:
            self._forget(spec)

    def start(self, spec: Spec, deployment: Deployment) -> int:
        """See `contract.Operations`."""
        try:
            return self.operations.start(spec, deployment)
        finally:
            self._forget(spec)

    def instances(self, spec: Spec) -> tuple[InstanceState, ...]:
        """The instances as last reported, oldest first."""
        report = self.reports.setdefault(spec.environment_id, Report())
        with report.lock:
            if time.monotonic() - report.made > REPORT_SECONDS:
                # The time before asking: an operation that ends meanwhile must not be hidden by its own past.
                begun = time.monotonic()
                report.instances = self.operations.instances(spec)
                report.made = begun
            return report.instances

    def _forget(self, spec: Spec) -> None:
        with self.reports.setdefault(spec.environment_id, Report()).lock:
            self.reports[spec.environment_id].made = float("-inf")
