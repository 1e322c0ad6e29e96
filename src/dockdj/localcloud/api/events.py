"""The action that lists events, newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dockdj.localcloud.api.pages import page_size, position
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import Severity
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.database import Condition, Row, all_of, among

COLUMNS = {
    "application": "ApplicationName",
    "label": "VersionLabel",
    "environment": "EnvironmentName",
    "request": "RequestId",
}
BOUNDS = {"StartTime": ">=", "EndTime": "<"}


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeEvents. StartTime is inclusive, EndTime is exclusive. A token names the last event of its page."""
    condition, values = all_of(_conditions(cloud, call))
    size = page_size(call.parameters)
    rows = cloud.state.rows(f"SELECT * FROM events WHERE {condition} ORDER BY at DESC LIMIT ?", *values, size + 1)
    events = rows[:size]
    return {
        "Events": [_description(row) for row in events],
        "NextToken": str(events[-1]["at"]) if len(rows) > size else None,
    }


def _conditions(cloud: Cloud, call: Call) -> list[Condition]:
    parameters = call.parameters
    conditions = [among(column, [parameters[member]]) for column, member in COLUMNS.items() if parameters.get(member)]
    if environment_id := parameters.get("EnvironmentId"):
        conditions += _of_environment(cloud, environment_id)
    if severity := parameters.get("Severity"):
        severities = list(Severity)
        conditions.append(among("severity", severities[severities.index(Severity(severity)) :]))
    conditions += [
        (f"at {sign} ?", (_milliseconds(parameters[member]),))
        for member, sign in BOUNDS.items()
        if member in parameters
    ]
    if (last := position(parameters)) is not None:
        conditions.append(("at < ?", (last,)))
    return conditions


def _of_environment(cloud: Cloud, environment_id: str) -> list[Condition]:
    """The events with the environment's name since its creation: an earlier environment may have had the same name."""
    environment = lookups.environment_by_id(cloud.state, environment_id)
    return [among("environment", [environment.name]), ("at >= ?", (int(environment.created * 1000),))]


def _milliseconds(moment: datetime) -> int:
    return round(moment.replace(tzinfo=UTC).timestamp() * 1000)


def _description(row: Row) -> dict[str, Any]:
    """The EventDescription of an event."""
    return {
        "EventDate": lookups.api_time(row["at"] / 1000),
        "Message": row["message"],
        "ApplicationName": row["application"],
        "VersionLabel": row["label"],
        "EnvironmentName": row["environment"],
        "RequestId": row["request"],
        "Severity": row["severity"],
    }
