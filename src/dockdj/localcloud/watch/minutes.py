"""The measures of whole minutes, which scaling compares with its thresholds."""

from __future__ import annotations

from dataclasses import dataclass, field

from dockdj.localcloud.watch.scaling import MINUTE, Measure, Minutes, Values, values
from dockdj.localcloud.watch.window import Report, Sample, report

KEPT = 600
"""The longest period that an option allows."""


@dataclass
class History:
    """The minutes of one environment. A minute is complete when a later one is observed."""

    past: dict[int, dict[Measure, Values]] = field(default_factory=dict)
    current: int = 0
    requests: int = 0
    measured: dict[Measure, Values] = field(default_factory=dict)
    last: Sample | None = None
    whole: bool = False
    """The current minute is observed from its begin."""

    def add(self, sample: Sample) -> None:
        """Add an observation."""
        if self.last is None:
            self._begin(sample, whole=False)
        elif self.last.at < sample.at:
            self._measure(report((self.last, sample)))
            self._begin_minute_of(sample)
        self.last = sample

    def whole_minutes(self) -> Minutes:
        """The complete minutes."""
        return self.past

    def _measure(self, measured: Report) -> None:
        """Add what happened between two observations."""
        self.requests += measured.requests.count
        cpu = [100 - processor.idle for processor in measured.processors.values()]
        self._sum(Measure.CPU, values(cpu))
        self._sum(Measure.LATENCY, values(measured.requests.latencies))

    def _sum(self, measure: Measure, more: Values) -> None:
        self.measured[measure] = self.measured.get(measure, Values()) + more

    def _begin_minute_of(self, sample: Sample) -> None:
        """Complete the current minute if the observation belongs to a later one."""
        number = int(sample.at // MINUTE)
        if number == self.current:
            return
        follows = number == self.current + 1
        if self.whole and follows:
            self.past[self.current] = {**self.measured, Measure.REQUESTS: values([self.requests])}
            for old in [item for item in self.past if item <= number - KEPT]:
                del self.past[old]
        self._begin(sample, whole=follows)

    def _begin(self, sample: Sample, *, whole: bool) -> None:
        self.current, self.whole = int(sample.at // MINUTE), whole
        self.requests, self.measured = 0, {}
