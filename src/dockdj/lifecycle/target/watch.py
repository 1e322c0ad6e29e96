"""Wait for an environment, reporting its events as they come."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from dockdj.errors import PlatformError, TimedOut
from dockdj.events import Output, Report, silent, step
from dockdj.lifecycle.polling import poll
from dockdj.lifecycle.target.events import just_after
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.environment import LAUNCHING, READY, Environment, EnvironmentEvent

CAUSES = 8
# Questions in a row that may fail (throttled, a lost connection) before the watch gives up.
RETRIES = 5


@dataclass
class Watch:
    """Follows a target's environment and reports each of its events once, from `since` on; None is its first event.

    `since` is of the platform's clock, `deadline` of `time.monotonic()`: this machine's clock may be wrong, or be set.
    """

    site: Site
    report: Report
    deadline: float
    since: datetime | None = None
    events: list[EnvironmentEvent] = field(default_factory=list)

    def look(self) -> Environment:
        """The environment now. Raises PlatformError when it is gone."""
        environment = self.site.environment()
        if environment is None:
            name = self.site.target.environment
            raise PlatformError(f"the environment {name} is gone", hint="create it again: dockdj create")
        self._report_events(environment)
        return environment

    def until(self, done: Callable[[Environment], bool], waiting_for: str) -> Environment:
        """Look until `done` holds.

        Raises TimedOut at the deadline, and PlatformError when the platform has not answered several times in a row.
        """
        environment, held = self.poll(done, self.deadline)
        if not held:
            raise TimedOut(
                f"{self.site.target.environment} is still {environment.status.lower()} (health {environment.health}); "
                f"waited for {waiting_for}",
                hint="the platform continues on its own: look with `dockdj status`, then run the same command again to "
                "keep watching",
            )
        return environment

    def poll(self, done: Callable[[Environment], bool], deadline: float) -> tuple[Environment, bool]:
        """Look until `done` holds or the deadline has passed; the environment, and whether `done` holds for it."""
        environment, held = poll(self._look_patiently, done, deadline=deadline, pause=self._pause)
        self._report_events(environment)
        return environment, held

    def until_ready(self) -> Environment:
        """Wait until the environment has ended what it is doing."""
        return self.until(lambda environment: environment.status == READY, "it to be ready")

    def _look_patiently(self) -> Environment:
        for _ in range(RETRIES):
            try:
                return self.look()
            except PlatformError as error:
                self.report(Output(f"no answer, asking again: {error.message}"))
                self._pause()
        return self.look()

    def _pause(self) -> None:
        self.site.beanstalk.sleep(self.site.beanstalk.poll)

    @property
    def causes(self) -> str:
        """Why an operation failed, in the platform's own words: the last warnings and errors."""
        bad = [event.message for event in self.events if event.severity in ("WARN", "ERROR", "FATAL")]
        return "\n".join(bad[-CAUSES:])

    @property
    def failed(self) -> bool:
        """True if an operation failed during this watch."""
        return any(event.failed for event in self.events)

    def _report_events(self, environment: Environment) -> None:
        for event in self.site.beanstalk.events(environment.id, self.since):
            self.events.append(event)
            self.report(Output(event.message))
            self.since = just_after(event)


def watch(site: Site, environment: Environment | None, report: Report, seconds: float) -> Watch:
    """Start to follow a target's environment, for at most `seconds`: from its newest event on.

    An environment that does not exist yet, or is still launching, is followed from its first event.
    """
    since = None
    if environment is not None and environment.status != LAUNCHING:
        newest = site.beanstalk.events(environment.id, limit=1)
        since = just_after(newest[-1]) if newest else None
    return Watch(site, report, time.monotonic() + seconds, since)


def wait_until_ready(site: Site, timeout: float, report: Report = silent) -> Environment:
    """The environment, after the platform has ended what it is doing there; `timeout` is in seconds.

    Raises PlatformError without an environment, TimedOut when it is still at work.
    """
    environment = site.require_environment()
    if environment.status == READY:
        return environment
    with step(report, f"wait for {environment.name}: it is {environment.status.lower()}"):
        return watch(site, environment, report, timeout).until_ready()
