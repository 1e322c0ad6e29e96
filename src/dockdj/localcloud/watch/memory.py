"""The memory of the environments' health: answers come from here, not from the machines.

On Elastic Beanstalk, agents report every 10 seconds (Developer Guide, "Enhanced health reporting"). Here the monitor
renews the memory. The end of an operation outdates it, and the next question then waits for a new observation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock

from dockdj.localcloud.contract import (
    UNWATCHED,
    Deployment,
    Emit,
    LogKind,
    Observation,
    Operations,
    Progress,
    Spec,
)
from dockdj.localcloud.watch.window import Report, Sample, counts_only, report

OLDEST_SECONDS = 10.0
"""The age at which an answer is too old even if nothing has outdated it, as when the monitor is late."""
SAMPLES = 16
NEVER = float("-inf")


@dataclass
class Memory:
    """The memory of one environment. The lock makes concurrent questions wait for one new observation."""

    samples: tuple[Sample, ...] = ()
    """Oldest first. Only the last one has single requests."""
    begun: float = NEVER
    """When the last observation began, on the monotonic clock."""
    outdated: float = NEVER
    """When the last operation ended."""
    asked: float = NEVER
    """When the last question was answered."""
    fresh: int = 0
    """How many of the samples were taken after the last operation."""
    balancer: str = ""
    """A swap gives an environment another balancer, which counts for itself."""
    observing: Lock = field(default_factory=Lock)

    def since_operation(self) -> tuple[Sample, ...]:
        """The samples that no operation has outdated."""
        return self.samples[-self.fresh :] if self.fresh and self.begun >= self.outdated else ()

    def valid(self) -> bool:
        """Return whether the last observation began after the last operation and is young enough."""
        return self.begun >= self.outdated and time.monotonic() - self.begun <= OLDEST_SECONDS


@dataclass
class Watched:
    """Operations whose answers about instances come from memory and are never older than the last operation."""

    operations: Operations
    clock: Callable[[], float] = time.time
    memories: dict[str, Memory] = field(default_factory=dict)

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

    def resize(self, spec: Spec, deployment: Deployment, dead: Collection[str], emit: Emit) -> None:
        """See `contract.Operations`."""
        with self._outdating(spec):
            self.operations.resize(spec, deployment, dead, emit)

    def start(self, spec: Spec, deployment: Deployment) -> int:
        """See `contract.Operations`."""
        with self._outdating(spec):
            return self.operations.start(spec, deployment)

    def logs(self, spec: Spec, kind: LogKind) -> Mapping[str, bytes]:
        """See `contract.Operations`."""
        return self.operations.logs(spec, kind)

    def observe(self, spec: Spec) -> Observation:
        """The last observation."""
        return self._samples(spec)[-1].observation

    def report(self, spec: Spec) -> Report:
        """The measures of the last seconds."""
        return report(self._samples(spec))

    def renew(self, spec: Spec) -> Sample:
        """Observe the machines now. No operation waits for that."""
        memory = self.memory(spec.environment_id)
        with memory.observing:
            return self._observe(memory, spec)

    def memory(self, environment_id: str) -> Memory:
        """The memory of an environment."""
        return self.memories.setdefault(environment_id, Memory())

    def forget_others(self, environment_ids: set[str]) -> None:
        """Forget all environments but these."""
        for gone in self.memories.keys() - environment_ids:
            self.memories.pop(gone, None)

    def _samples(self, spec: Spec) -> tuple[Sample, ...]:
        memory = self.memory(spec.environment_id)
        memory.asked = time.monotonic()
        if not memory.valid():
            with memory.observing:
                if not memory.valid():
                    self._observe(memory, spec)
        return memory.samples

    def _observe(self, memory: Memory, spec: Spec) -> Sample:
        """Add an observation to the memory, whose lock the caller holds."""
        # Taken before the machines are inspected: an operation that ends meanwhile must outdate this observation.
        begun = time.monotonic()
        sample = Sample(self.clock(), self.operations.observe(spec))
        earlier = memory.samples[-SAMPLES + 1 :] if memory.balancer == spec.balancer_id else ()
        memory.samples = (*(replace(item, observation=counts_only(item.observation)) for item in earlier), sample)
        memory.fresh = min(memory.fresh + 1, len(memory.samples)) if memory.begun >= memory.outdated else 1
        memory.balancer, memory.begun = spec.balancer_id, begun
        return sample

    @contextmanager
    def _outdating(self, spec: Spec) -> Iterator[None]:
        """Outdate the environment's memory when an operation ends, whether it succeeds or fails."""
        try:
            yield
        finally:
            self.memory(spec.environment_id).outdated = time.monotonic()
