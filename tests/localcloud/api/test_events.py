"""Events: their order, distance, request ids, pages and severities."""

from datetime import timedelta
from typing import Any

import pytest

from tests.localcloud.running import Server, messages, ready, with_environment


@pytest.fixture(scope="module")
def beanstalk(shared: Server) -> Any:
    return with_environment(shared, "events", "v1", "bad")


def test_every_change_has_an_event_with_its_request_id(beanstalk: Any) -> None:
    application = {"ApplicationName": "events-of-changes"}
    responses = [
        beanstalk.create_application(**application),
        beanstalk.delete_application(**application),
        beanstalk.update_environment(EnvironmentName="events", Description="new"),
    ]
    for response in responses:
        assert messages(beanstalk, RequestId=response["ResponseMetadata"]["RequestId"])


def test_polling_like_eb_returns_each_event_once(beanstalk: Any) -> None:
    everything = messages(beanstalk, EnvironmentName="events")
    polled: list[str] = []
    filters: dict[str, Any] = {"EnvironmentName": "events"}
    while events := beanstalk.describe_events(**filters)["Events"]:
        oldest = events[-1]
        polled.append(oldest["Message"])
        filters["StartTime"] = oldest["EventDate"] + timedelta(milliseconds=1)
    assert polled == everything
    assert polled[0] == "createEnvironment is starting."


def test_pages_return_all_events_and_time_bounds_select_some(beanstalk: Any) -> None:
    everything = beanstalk.describe_events(EnvironmentName="events")["Events"]
    pages = beanstalk.get_paginator("describe_events").paginate(EnvironmentName="events", MaxRecords=2)
    assert [event for page in pages for event in page["Events"]] == everything
    first, second = everything[-1], everything[-2]
    bounded = beanstalk.describe_events(
        EnvironmentName="events", StartTime=first["EventDate"], EndTime=second["EventDate"]
    )
    assert bounded["Events"] == [first]


def test_severity_selects_events_of_that_or_a_higher_severity(beanstalk: Any) -> None:
    beanstalk.update_environment(EnvironmentName="events", VersionLabel="bad")
    ready(beanstalk, "events")
    severities = {event["Severity"] for event in beanstalk.describe_events(Severity="WARN")["Events"]}
    assert severities == {"ERROR"}
    errors = beanstalk.describe_events(EnvironmentName="events", Severity="ERROR")["Events"]
    assert [event["Message"] for event in errors] == ["Failed to deploy application."]
