"""Actions that describe the enhanced health of an environment and of its instances."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dockdj.localcloud.api.environments import health_of, instances_of
from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import HealthStatus, InstanceState
from dockdj.localcloud.environment_options import options_of
from dockdj.localcloud.platform import options
from dockdj.localcloud.platform.health import COLOURS, deployment_status
from dockdj.localcloud.platform.option_rules import Key
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.tables import Environment
from dockdj.localcloud.watch.window import Processor, Report, Requests, percentiles

ALL = "All"
STATUSES = ("Status2xx", "Status3xx", "Status4xx", "Status5xx")
COUNTED = [status for status in HealthStatus if status != HealthStatus.SUSPENDED]
"""The statuses that InstancesHealth counts."""


def describe_environment(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeEnvironmentHealth."""
    environment, settings = _with_enhanced_health(cloud, call)
    instances = instances_of(cloud, environment, settings)
    health = health_of(environment, settings, instances)
    counts = Counter(instance.status for instance in instances)
    attributes = {
        "Status": environment.status,
        "HealthStatus": health.status,
        "Color": health.colour,
        "Causes": list(health.causes),
        "ApplicationMetrics": _metrics(_report(cloud, environment, settings).requests),
        "InstancesHealth": {status: counts[status] for status in COUNTED},
        "RefreshedAt": _now(),
    }
    return {"EnvironmentName": environment.name, **_requested(call, attributes)}


def describe_instances(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeInstancesHealth."""
    environment, settings = _with_enhanced_health(cloud, call)
    report = _report(cloud, environment, settings)
    instances = [
        {"InstanceId": instance.id, **_requested(call, _attributes(environment, instance, report))}
        for instance in instances_of(cloud, environment, settings)
    ]
    return {"InstanceHealthList": instances, "RefreshedAt": _now()}


def _with_enhanced_health(cloud: Cloud, call: Call) -> tuple[Environment, Mapping[Key, str]]:
    """The environment and its options. Raises ApiError if it does not exist or reports basic health."""
    environment = lookups.environment(cloud.state, call.parameters)
    settings = options_of(cloud, environment)
    if not options.enhanced_health(settings):
        reason = "the option SystemType of aws:elasticbeanstalk:healthreporting:system is not enhanced"
        raise ApiError("InvalidRequestException", f"{call.action} is not supported: {reason}.")
    return environment, settings


def _report(cloud: Cloud, environment: Environment, settings: Mapping[Key, str]) -> Report:
    """The requests and the load of the last seconds."""
    return cloud.operations.report(options.spec_of(environment, settings))


def _requested(call: Call, attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes that AttributeNames names. Without it the result is empty, as on Elastic Beanstalk."""
    names = call.parameters.get("AttributeNames") or ()
    return attributes if ALL in names else {name: value for name, value in attributes.items() if name in names}


def _attributes(environment: Environment, instance: InstanceState, report: Report) -> dict[str, Any]:
    return {
        "HealthStatus": instance.status,
        "Color": COLOURS[instance.status],
        "Causes": list(instance.causes),
        "LaunchedAt": _utc(instance.launched_at),
        "ApplicationMetrics": _metrics(report.by_instance.get(instance.id, Requests())),
        "System": _system(instance, report.processors.get(instance.id)),
        "Deployment": {
            "VersionLabel": instance.version_label,
            "DeploymentId": instance.deployment_id,
            "Status": deployment_status(instance, environment.deployment),
            "DeploymentTime": _utc(instance.launched_at),
        },
        "AvailabilityZone": "local",
        "InstanceType": "container",
    }


def _metrics(requests: Requests) -> dict[str, Any]:
    """The requests of the last seconds. Without any there are no latencies."""
    return {
        "Duration": max(1, round(requests.seconds)),
        "RequestCount": requests.count,
        "StatusCodes": dict(zip(STATUSES, requests.statuses, strict=True)),
        "Latency": percentiles(requests.latencies) or None,
    }


def _system(instance: InstanceState, processor: Processor | None) -> dict[str, Any]:
    """The load of an instance. `eb health` fails on an empty list of averages, so then they are this machine's."""
    averages = instance.load.averages if instance.load else os.getloadavg()
    if processor is None:
        return {"LoadAverage": list(averages)}
    times = {"User": processor.user, "System": processor.system, "Idle": processor.idle}
    nothing = dict.fromkeys(("Nice", "IOWait", "IRQ", "SoftIRQ"), 0.0)
    return {"LoadAverage": list(averages), "CPUUtilization": {**times, **nothing}}


def _utc(text: str) -> datetime:
    """An ISO 8601 time as the serialiser expects it: in UTC and without time zone."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
