"""Read and follow the events of a target's environment."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.environment import EnvironmentEvent

SHOWN = 50


def newest(site: Site) -> tuple[EnvironmentEvent, ...]:
    """The newest events, oldest first. Raises PlatformError when the target has no environment."""
    return site.beanstalk.events(site.require_environment().id, limit=SHOWN)


def follow(site: Site, after: EnvironmentEvent | None) -> Iterator[tuple[EnvironmentEvent, ...]]:
    """The events after `after` as they come, without end; each batch has at least one.

    Raises PlatformError when the environment is gone.
    """
    environment = site.require_environment()
    while True:
        site.beanstalk.sleep(site.beanstalk.poll)
        events = site.beanstalk.events(environment.id, just_after(after) if after else None)
        if events:
            after = events[-1]
            yield events


def just_after(event: EnvironmentEvent) -> datetime:
    """The first moment after an event. The platform tells milliseconds, and its clock counts, not this machine's."""
    return datetime.fromisoformat(event.when) + timedelta(milliseconds=1)
