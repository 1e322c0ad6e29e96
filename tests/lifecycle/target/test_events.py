"""Follow a target's events: each is shown once, by the platform's clock."""

from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from dockdj.errors import PlatformError
from dockdj.lifecycle.target import events
from dockdj.model.beanstalk.environment import EnvironmentEvent
from tests.lifecycle.deploy.test_execute import site_of
from tests.support.platform import Platform


def event(milliseconds: int) -> EnvironmentEvent:
    return EnvironmentEvent(f"2026-01-01T00:00:00.{milliseconds:03}+00:00", "INFO", str(milliseconds))


def test_follow_asks_after_the_last_event_and_skips_empty_answers(tmp_path: Path) -> None:
    platform = Platform()
    asked: list[datetime | None] = []
    answers = iter([(), (event(2), event(3)), (event(4),)])

    def answer(environment_id: str, since: datetime | None = None, **_: Any) -> tuple[EnvironmentEvent, ...]:
        asked.append(since)
        return next(answers)

    platform.events = answer  # type: ignore[method-assign,assignment]
    batches = list(islice(events.follow(site_of(tmp_path, platform), event(1)), 2))
    assert [[one.message for one in batch] for batch in batches] == [["2", "3"], ["4"]]
    assert [since and since.microsecond for since in asked] == [2000, 2000, 4000]


def test_events_of_a_target_without_environment_are_refused(tmp_path: Path) -> None:
    platform = Platform()
    platform.environment = lambda *_: None  # type: ignore[method-assign,assignment]
    with pytest.raises(PlatformError, match="has no environment"):
        events.newest(site_of(tmp_path, platform))
