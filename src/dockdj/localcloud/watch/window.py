"""The measures of the last seconds, from counts since the start: pure functions of two or more observations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dockdj.localcloud.contract import Observation
from dockdj.localcloud.measures import Load, Traffic

SECONDS = 10.0
"""What one report covers ("Enhanced health reporting" in the developer guide)."""
PERCENTILES = {"P999": 99.9, "P99": 99.0, "P95": 95.0, "P90": 90.0, "P85": 85.0, "P75": 75.0, "P50": 50.0, "P10": 10.0}


@dataclass(frozen=True)
class Sample:
    """An observation and its time in seconds since the epoch."""

    at: float
    observation: Observation


@dataclass(frozen=True)
class Requests:
    """The requests of the last seconds."""

    seconds: float = SECONDS
    statuses: tuple[int, int, int, int] = (0, 0, 0, 0)
    """2xx, 3xx, 4xx, 5xx."""
    latencies: tuple[float, ...] = ()
    """Of the latest of them, sorted."""

    @property
    def count(self) -> int:
        """All requests."""
        return sum(self.statuses)


@dataclass(frozen=True)
class Processor:
    """The shares of processor time in percent."""

    user: float
    system: float

    @property
    def idle(self) -> float:
        """The rest."""
        return max(0.0, 100 - self.user - self.system)


@dataclass(frozen=True)
class Report:
    """The measures of the last seconds."""

    requests: Requests = Requests()
    by_instance: dict[str, Requests] = field(default_factory=dict)
    processors: dict[str, Processor] = field(default_factory=dict)
    """By instance. An instance that was seen only once has none."""


def report(samples: Sequence[Sample], seconds: float = SECONDS) -> Report:
    """The measures of the last seconds, from samples in their order."""
    if not samples:
        return Report()
    last = samples[-1]
    base = base_of(samples, seconds)
    before = {item.id: item for item in base.observation.instances}
    passed = last.at - base.at
    by_instance, processors = {}, {}
    for item in last.observation.instances:
        earlier = before.get(item.id)
        by_instance[item.id] = requests(earlier.traffic if earlier else Traffic(), item.traffic, base.at, passed)
        if earlier and earlier.load and item.load and (processor := processor_of(earlier.load, item.load, passed)):
            processors[item.id] = processor
    total = requests(base.observation.traffic, last.observation.traffic, base.at, passed)
    return Report(total, by_instance, processors)


def counts_only(observation: Observation) -> Observation:
    """An observation without single requests, which only the last one needs."""
    instances = tuple(replace(item, traffic=Traffic(item.traffic.statuses)) for item in observation.instances)
    return Observation(instances, Traffic(observation.traffic.statuses))


def base_of(samples: Sequence[Sample], seconds: float) -> Sample:
    """The newest sample that is at least so much older than the last one, or else the oldest."""
    last = samples[-1]
    return next((sample for sample in reversed(samples) if last.at - sample.at >= seconds), samples[0])


def requests(before: Traffic, after: Traffic, since: float, seconds: float) -> Requests:
    """The requests between two observations. A count that fell began again at 0, as after a reload of the balancer.

    A first observation alone tells nothing about the last seconds.
    """
    if seconds <= 0:
        return Requests()
    counts = [
        now - earlier if now >= earlier else now for earlier, now in zip(before.statuses, after.statuses, strict=True)
    ]
    latencies = sorted(answer.seconds for answer in after.answers if answer.at > since)
    second, third, fourth, fifth = counts
    return Requests(seconds, (second, third, fourth, fifth), tuple(latencies))


def processor_of(before: Load, after: Load, seconds: float) -> Processor | None:
    """The shares of processor time between two observations; None if the instance started again."""
    user, system = after.user - before.user, after.system - before.system
    if seconds <= 0 or user < 0 or system < 0:
        return None
    whole = seconds * after.processors / 100
    return Processor(min(100.0, user / whole), min(100.0, system / whole))


def percentiles(latencies: Sequence[float]) -> dict[str, float]:
    """The percentiles of sorted latencies by their names in the API; none without latencies."""
    return {name: percentile(latencies, percent) for name, percent in PERCENTILES.items()} if latencies else {}


def percentile(latencies: Sequence[float], percent: float) -> float:
    """The latency that so many percent of the sorted ones do not exceed."""
    rank = math.ceil(len(latencies) * percent / 100)
    return latencies[max(0, rank - 1)]
