"""Enhanced health, of an environment and of its instances."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from dockdj.localcloud.api.environments import enhanced, health_of
from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import InstanceState
from dockdj.localcloud.platform import options
from dockdj.localcloud.platform.health import COLOURS, deployed
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.database import Row

ALL = "All"
STATUSES = ("NoData", "Unknown", "Pending", "Ok", "Info", "Warning", "Degraded", "Severe")


def describe_environment(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeEnvironmentHealth. Requests are not counted here: ApplicationMetrics is empty."""
    row = _of_enhanced(cloud, call)
    health = health_of(cloud, row)
    counts: Counter[str] = Counter(instance.status for instance in _instances(cloud, row))
    answer = {
        "Status": row["status"],
        "HealthStatus": health.status,
        "Color": health.colour,
        "Causes": list(health.causes),
        "ApplicationMetrics": {"RequestCount": 0},
        "InstancesHealth": {status: counts[status] for status in STATUSES},
        "RefreshedAt": _now(),
    }
    return {"EnvironmentName": row["name"], **_wanted(call, answer)}


def describe_instances(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeInstancesHealth."""
    row = _of_enhanced(cloud, call)
    listed = [
        {"InstanceId": instance.id, **_wanted(call, _shown(row, instance))} for instance in _instances(cloud, row)
    ]
    return {"InstanceHealthList": listed, "RefreshedAt": _now()}


def _of_enhanced(cloud: Cloud, call: Call) -> Row:
    row = lookups.environment(cloud.state, call.given)
    if not enhanced(cloud.state.options(row["id"])):
        reason = "the option SystemType of aws:elasticbeanstalk:healthreporting:system is not enhanced"
        raise ApiError("InvalidRequestException", f"{call.action} is not supported: {reason}.")
    return row


def _instances(cloud: Cloud, row: Row) -> tuple[InstanceState, ...]:
    return cloud.operations.instances(options.spec_of(row, cloud.state.options(row["id"])))


def _wanted(call: Call, answer: dict[str, Any]) -> dict[str, Any]:
    """Only the attributes that are asked for, as the real one does."""
    names = call.given.get("AttributeNames") or ()
    return answer if ALL in names else {name: value for name, value in answer.items() if name in names}


def _shown(row: Row, instance: InstanceState) -> dict[str, Any]:
    return {
        "HealthStatus": instance.status,
        "Color": COLOURS[instance.status],
        "Causes": list(instance.causes),
        "LaunchedAt": _moment(instance.launched_at),
        "RefreshedAt": _now(),
        "ApplicationMetrics": {"RequestCount": 0},
        # Instances are containers: the load is this machine's. `eb health` stops at an empty list.
        "System": {"LoadAverage": list(os.getloadavg()[:2])},
        "Deployment": {
            "VersionLabel": instance.version_label,
            "DeploymentId": instance.deployment_id,
            "Status": deployed(instance, row["deployment"]),
            "DeploymentTime": _moment(instance.launched_at),
        },
        "AvailabilityZone": "local",
        "InstanceType": "container",
    }


def _moment(text: str) -> datetime:
    """A time with or without zone as the serialiser wants it: UTC, naive."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
