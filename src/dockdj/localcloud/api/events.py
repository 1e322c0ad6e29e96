"""What happened, newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dockdj.localcloud.api_error import invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.database import Row, among

SEVERITIES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
LONGEST_PAGE = 1000


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeEvents. StartTime is included, EndTime is not. A token names the last event of the page before."""
    given = call.given
    columns = {
        "application": "ApplicationName",
        "label": "VersionLabel",
        "environment": "EnvironmentName",
        "request": "RequestId",
    }
    conditions = [among(column, [given[member]]) for column, member in columns.items() if given.get(member)]
    if identity := given.get("EnvironmentId"):
        conditions += _of_environment(cloud, identity)
    if severity := given.get("Severity"):
        conditions.append(among("severity", SEVERITIES[SEVERITIES.index(severity) :]))
    conditions += [
        (f"at {sign} ?", (_milliseconds(given[member]),)) for member, sign in BOUNDS.items() if member in given
    ]
    if token := given.get("NextToken"):
        if not token.isdigit():
            raise invalid("Invalid NextToken.")
        conditions.append(("at < ?", (int(token),)))
    size = min(given.get("MaxRecords") or LONGEST_PAGE, LONGEST_PAGE)
    where = " AND ".join(condition for condition, _ in conditions) or "1"
    values = [value for _, several in conditions for value in several]
    found = cloud.state.rows(f"SELECT * FROM events WHERE {where} ORDER BY at DESC LIMIT ?", *values, size + 1)
    shown = found[:size]
    return {
        "Events": [_shown(row) for row in shown],
        "NextToken": str(shown[-1]["at"]) if len(found) > size else None,
    }


BOUNDS = {"StartTime": ">=", "EndTime": "<"}


def _of_environment(cloud: Cloud, identity: str) -> list[tuple[str, tuple[Any, ...]]]:
    """Events bear the environment's name, which a later one may bear again: those since this one was made."""
    row = cloud.state.row("SELECT name, created FROM environments WHERE id = ?", identity)
    if row is None:
        raise invalid(f"No Environment found for EnvironmentId = '{identity}'.")
    return [among("environment", [row["name"]]), ("at >= ?", (int(row["created"] * 1000),))]


def _milliseconds(moment: datetime) -> int:
    return round(moment.replace(tzinfo=UTC).timestamp() * 1000)


def _shown(row: Row) -> dict[str, Any]:
    return {
        "EventDate": lookups.moment(row["at"] / 1000),
        "Message": row["message"],
        "ApplicationName": row["application"],
        "VersionLabel": row["label"],
        "EnvironmentName": row["environment"],
        "RequestId": row["request"],
        "Severity": row["severity"],
    }
