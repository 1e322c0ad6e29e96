"""Wait for an environment, telling its events as they come."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dockdj.adapters.beanstalk.client import Beanstalk
from dockdj.errors import PlatformError, TimedOut
from dockdj.events import Output, Report
from dockdj.model.beanstalk.environment import READY, Environment, EnvironmentEvent

CAUSES = 8
# Questions in a row that may go wrong (throttled, a lost connection) before the watch gives up.
GLITCHES = 5


@dataclass
class Watch:
    """Follows one environment: its events since the watch began, each told once."""

    beanstalk: Beanstalk
    application: str
    name: str
    report: Report
    deadline: float
    since: datetime | None = None
    seen: list[EnvironmentEvent] = field(default_factory=list)

    def look(self) -> Environment:
        """The environment now. Raises PlatformError when it is gone."""
        environment = self.beanstalk.environment(self.application, self.name)
        if environment is None:
            raise PlatformError(f"the environment {self.name} is gone", hint="dockdj create makes it again")
        self._tell(environment)
        return environment

    def until(self, done: Callable[[Environment], bool], waiting_for: str) -> Environment:
        """Look until `done` says so. Raises TimedOut at the deadline, PlatformError when it gets no answer any more."""
        while not done(environment := self._look_patiently()):
            if time.monotonic() > self.deadline:
                raise TimedOut(
                    f"{self.name} is still {environment.status.lower()} (health {environment.health}); "
                    f"waited for {waiting_for}",
                    hint="it goes on by itself: look with `dockdj status`, then run the same command again",
                )
            self.beanstalk.sleep(self.beanstalk.poll)
        self._tell(environment)
        return environment

    def until_ready(self) -> Environment:
        """Wait for the end of what the environment is doing."""
        return self.until(lambda environment: environment.status == READY, "it to be ready")

    def _look_patiently(self) -> Environment:
        for _ in range(GLITCHES):
            try:
                return self.look()
            except PlatformError as error:
                self.report(Output(f"no answer, asking again: {error.message}"))
                self.beanstalk.sleep(self.beanstalk.poll)
        return self.look()

    @property
    def causes(self) -> str:
        """Why it went wrong, in the platform's own words: the last warnings and errors."""
        bad = [event.message for event in self.seen if event.severity in ("WARN", "ERROR", "FATAL")]
        return "\n".join(bad[-CAUSES:])

    @property
    def failed(self) -> bool:
        """Whether an operation ended badly while this watch looked."""
        return any(event.failed for event in self.seen)

    def _tell(self, environment: Environment) -> None:
        since = self.since or datetime.now(UTC) - timedelta(seconds=1)
        for event in self.beanstalk.events(environment.id, since):
            self.seen.append(event)
            self.report(Output(event.message))
            # The next question starts after this event: the platform's clock, not ours, counts.
            since = datetime.fromisoformat(event.when) + timedelta(milliseconds=1)
        self.since = since


def watch(
    beanstalk: Beanstalk, application: str, environment: Environment | str, report: Report, seconds: float
) -> Watch:
    """Start to follow an environment from its newest event on, for at most `seconds`."""
    name = environment if isinstance(environment, str) else environment.name
    since = None
    if isinstance(environment, Environment):
        newest = beanstalk.events(environment.id, limit=1)
        since = datetime.fromisoformat(newest[-1].when) + timedelta(milliseconds=1) if newest else None
    return Watch(beanstalk, application, name, report, time.monotonic() + seconds, since)
