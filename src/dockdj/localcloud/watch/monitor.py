"""The monitor: one thread that renews the memory of every environment, and acts on what it sees.

It holds no lock that an operation needs, and its end is `stop`. An environment that nobody asks about is observed less
often. While an operation runs on an environment, nothing else happens to its instances.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from dockdj.localcloud import resizing
from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.environment_options import options_of
from dockdj.localcloud.platform.option_rules import Key
from dockdj.localcloud.platform.options import fleet_size, spec_of
from dockdj.localcloud.platform.triggers import bounds_of, trigger_of
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.failure import StateFailed
from dockdj.localcloud.state.tables import Environment, EnvironmentStatus
from dockdj.localcloud.watch.losses import lost, missing
from dockdj.localcloud.watch.memory import Memory
from dockdj.localcloud.watch.minutes import History
from dockdj.localcloud.watch.scaling import wanted_size

SECONDS = 2.5
"""Between two observations of an environment."""
QUIET_SECONDS = 60.0
"""After so long without a question, an environment is observed half as often."""
EARLY = 0.9
"""The part of the distance after which an observation is due, because the thread wakes up a little early or late."""
STOP_SECONDS = 5.0
AGAIN_SECONDS = 60.0
"""After an attempt to replace instances, the next one waits so long: the first one may fail."""
NEVER = float("-inf")


@dataclass
class Scaling:
    """The monitor's knowledge of one environment's size."""

    history: History = field(default_factory=History)
    changed: float = NEVER
    """When the size was changed by the trigger."""
    replaced: float = NEVER
    """When instances were last replaced."""


@dataclass
class Monitor:
    """Watches the environments of one cloud until it is stopped."""

    cloud: Cloud
    seconds: float = SECONDS
    scaling: defaultdict[str, Scaling] = field(default_factory=lambda: defaultdict(Scaling))
    stopping: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch."""
        self.thread = threading.Thread(target=self._run, name="monitor", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End the watch, and wait a short time for the observation that runs."""
        self.stopping.set()
        if self.thread:
            self.thread.join(STOP_SECONDS)

    def look(self) -> None:
        """Observe every environment whose turn it is, and act on what is seen."""
        environments = lookups.environments(self.cloud.state)
        ids = {item.id for item in environments}
        self.cloud.operations.forget_others(ids)
        for gone in self.scaling.keys() - ids:
            del self.scaling[gone]
        for environment in environments:
            if self.stopping.is_set():
                return
            if self._due(self.cloud.operations.memory(environment.id)):
                self._watch(environment)

    def _due(self, memory: Memory) -> bool:
        """Return whether an environment is to be observed now."""
        now = time.monotonic()
        distance = 2 * self.seconds if now - memory.asked > QUIET_SECONDS else self.seconds
        return now - memory.begun >= distance * EARLY

    def _watch(self, environment: Environment) -> None:
        options = options_of(self.cloud, environment)
        try:
            sample = self.cloud.operations.renew(spec_of(environment, options))
        except StateFailed:
            raise
        except Exception as error:
            logging.warning("the machines of %s cannot be observed: %s", environment.name, error)
            return
        self.scaling[environment.id].history.add(sample)
        if environment.status == EnvironmentStatus.READY and environment.port and self.cloud.work.idle(environment.id):
            self._act(environment, options)

    def _act(self, environment: Environment, options: Mapping[Key, str]) -> None:
        """Replace lost instances, or else scale."""
        scaling, now = self.scaling[environment.id], self.cloud.operations.clock()
        samples = self.cloud.operations.memory(environment.id).since_operation()
        losses = lost(samples)
        if losses or missing(samples, fleet_size(options, environment.size)):
            if now - scaling.replaced >= AGAIN_SECONDS:
                scaling.replaced = now
                self._resize(environment, losses)
            return
        if (trigger := trigger_of(options)) is None:
            return
        bounds = bounds_of(options, environment.size)
        size = wanted_size(trigger, bounds, scaling.history.whole_minutes(), now, scaling.changed)
        if size != bounds.size:
            scaling.changed = now
            self._resize(environment, frozenset(), size)

    def _resize(self, environment: Environment, losses: frozenset[str], size: int | None = None) -> None:
        job = partial(resizing.resize, self.cloud, environment.id, losses, size)
        self.cloud.work.begin(environment.id, job)

    def _run(self) -> None:
        while not self.stopping.wait(self.seconds):
            try:
                self.look()
            except Exception:
                # The cloud answers without a monitor, too, and a full disk or a busy machine passes.
                if not self.stopping.is_set():
                    logging.exception("the monitor could not look at the environments")
