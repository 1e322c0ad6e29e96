"""Wait until services are healthy."""

import pytest

from dockdj.events import Event, Output
from dockdj.lifecycle import readiness
from dockdj.lifecycle.readiness import Waiting, still_waiting


def test_each_status_is_reported_once_until_no_service_is_waiting() -> None:
    starting, created = Waiting("django", "starting"), Waiting("nginx", "created")
    looks = iter([[starting, created], [starting, created], [starting], []])
    events: list[Event] = []
    assert still_waiting(lambda: next(looks), events.append) == []
    assert events == [
        Output("waiting for django (starting), nginx (created)"),
        Output("waiting for django (starting)"),
    ]


def test_services_that_still_wait_at_the_deadline_are_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "HEALTHY_SECONDS", -1)
    assert still_waiting(lambda: [Waiting("django", "starting")], lambda _: None) == [Waiting("django", "starting")]
