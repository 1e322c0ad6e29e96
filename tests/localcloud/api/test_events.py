"""Events: in order, apart, and each change findable by the id of its request."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dockdj.localcloud.state.database import APART_MS, State, Subject
from tests.localcloud.running import Server, messages, ready, with_environment


@pytest.fixture(scope="module")
def beanstalk(shared: Server) -> Any:
    return with_environment(shared, "events", "v1", "bad")


def test_events_are_strictly_apart(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    with state.transaction():
        for number in range(200):
            state.emit(Subject("a"), "r", "INFO", str(number))
    times = [row["at"] for row in state.rows("SELECT at FROM events ORDER BY at")]
    assert min(later - earlier for earlier, later in pairwise(times)) >= APART_MS
    found = state.rows("SELECT message FROM events ORDER BY at")
    assert [row["message"] for row in found] == [str(number) for number in range(200)]


def test_every_change_has_an_event_with_its_request(beanstalk: Any) -> None:
    application = {"ApplicationName": "events-of-changes"}
    calls = [
        beanstalk.create_application(**application),
        beanstalk.delete_application(**application),
        beanstalk.update_environment(EnvironmentName="events", Description="new"),
    ]
    for answered in calls:
        assert messages(beanstalk, RequestId=answered["ResponseMetadata"]["RequestId"])


def test_polling_as_eb_does_sees_each_event_once(beanstalk: Any) -> None:
    everything = messages(beanstalk, EnvironmentName="events")
    seen: list[str] = []
    given: dict[str, Any] = {"EnvironmentName": "events"}
    while found := beanstalk.describe_events(**given)["Events"]:
        oldest = found[-1]
        seen.append(oldest["Message"])
        given["StartTime"] = oldest["EventDate"] + timedelta(milliseconds=1)
    assert seen == everything
    assert seen[0] == "createEnvironment is starting."


def test_pages_and_bounds(beanstalk: Any) -> None:
    everything = beanstalk.describe_events(EnvironmentName="events")["Events"]
    pages = beanstalk.get_paginator("describe_events").paginate(EnvironmentName="events", MaxRecords=2)
    assert [event for page in pages for event in page["Events"]] == everything
    first, second = everything[-1], everything[-2]
    bounded = beanstalk.describe_events(
        EnvironmentName="events", StartTime=first["EventDate"], EndTime=second["EventDate"]
    )
    assert bounded["Events"] == [first]


def test_severity_means_that_or_worse(beanstalk: Any) -> None:
    beanstalk.update_environment(EnvironmentName="events", VersionLabel="bad")
    ready(beanstalk, "events")
    severities = {event["Severity"] for event in beanstalk.describe_events(Severity="WARN")["Events"]}
    assert severities == {"ERROR"}
    worst = beanstalk.describe_events(EnvironmentName="events", Severity="ERROR")["Events"]
    assert [event["Message"] for event in worst] == ["Failed to deploy application."]
