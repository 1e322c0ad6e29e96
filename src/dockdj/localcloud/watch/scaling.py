"""Scaling by a trigger: decide from the measures of whole minutes whether instances are added or removed.

The options and their meaning are those of `aws:autoscaling:trigger` and of the alarms that Elastic Beanstalk makes of
them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

MINUTE = 60


class Measure(StrEnum):
    """The measures that the local cloud takes."""

    CPU = "CPUUtilization"
    """Percent, of all instances."""
    REQUESTS = "RequestCount"
    """In each minute."""
    LATENCY = "Latency"
    """Seconds."""


class Statistic(StrEnum):
    """Statistics that are compared with the thresholds."""

    MINIMUM = "Minimum"
    MAXIMUM = "Maximum"
    SUM = "Sum"
    AVERAGE = "Average"


@dataclass(frozen=True)
class Values:
    """A summary of measured values."""

    count: int = 0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf

    def __add__(self, other: Values) -> Values:
        return Values(
            self.count + other.count, self.total + other.total, min(self.low, other.low), max(self.high, other.high)
        )

    def statistic(self, statistic: Statistic) -> float:
        """One number for the values, of which there is at least one."""
        match statistic:
            case Statistic.MINIMUM:
                return self.low
            case Statistic.MAXIMUM:
                return self.high
            case Statistic.SUM:
                return self.total
            case Statistic.AVERAGE:
                return self.total / self.count


def values(items: Sequence[float]) -> Values:
    """The summary of some values."""
    return Values(len(items), math.fsum(items), min(items, default=math.inf), max(items, default=-math.inf))


@dataclass(frozen=True)
class Trigger:
    """When a fleet grows and shrinks."""

    measure: Measure
    statistic: Statistic
    lower: float
    """A fleet shrinks below this threshold."""
    upper: float
    """A fleet grows above this threshold."""
    shrink: int
    """Negative."""
    grow: int
    period: int
    """Minutes that one comparison covers."""
    periods: int
    """How many periods in a row must be beyond a threshold."""
    cooldown: float
    """Seconds after a change of the size without another one."""


@dataclass(frozen=True)
class Bounds:
    """The size that a fleet has and may have."""

    size: int
    low: int
    high: int


Minutes = Mapping[int, Mapping[Measure, Values]]
"""The measures of whole minutes, by the minute's number since the epoch. A minute without observation is missing."""


def wanted_size(trigger: Trigger, bounds: Bounds, minutes: Minutes, now: float, changed: float) -> int:
    """The number of instances that a fleet should have. `changed` is when its size changed last.

    A minute that was not observed tells nothing, so no threshold is then breached.
    """
    if now - changed < trigger.cooldown:
        return bounds.size
    last = int(now // MINUTE) - 1
    periods = [_period(trigger, minutes, last - number * trigger.period) for number in range(trigger.periods)]
    if all(value is not None and value > trigger.upper for value in periods):
        return min(bounds.size + trigger.grow, max(bounds.high, bounds.size))
    if all(value is not None and value < trigger.lower for value in periods):
        return max(bounds.size + trigger.shrink, min(bounds.low, bounds.size))
    return bounds.size


def _period(trigger: Trigger, minutes: Minutes, last: int) -> float | None:
    """The statistic of the period that ends with this minute; None if a minute of it was not observed."""
    numbers = range(last - trigger.period + 1, last + 1)
    if any(number not in minutes for number in numbers):
        return None
    measured = Values()
    for number in numbers:
        measured += minutes[number].get(trigger.measure, Values())
    return measured.statistic(trigger.statistic) if measured.count else None
