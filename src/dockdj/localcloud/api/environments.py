"""Environments: made, and described."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from dockdj.localcloud import jobs
from dockdj.localcloud.api.pages import page
from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.platform import options, sample
from dockdj.localcloud.platform.health import Expected, Health, of_environment
from dockdj.localcloud.platform.option_rules import HEALTH
from dockdj.localcloud.platform.platforms import of_stack, requested
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.database import Row, among

WEB_TIER = {"Name": "WebServer", "Type": "Standard", "Version": "1.0"}
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
DOMAIN = "elasticbeanstalk.com"
SHOWN_AFTER_TERMINATION = 3600


def create(cloud: Cloud, call: Call) -> dict[str, Any]:
    """CreateEnvironment: written down and answered at once; its machines are made in the background."""
    given, state = call.given, cloud.state
    _check_supported(given)
    name, label = _name(given), given.get("VersionLabel", sample.LABEL)
    prefix = given.get("CNAMEPrefix", name)
    settings = options.changed({}, given.get("OptionSettings", ()))
    platform = requested(given, cloud.settings.region)
    with state.transaction():
        lookups.application(state, given["ApplicationName"])
        if label != sample.LABEL:
            lookups.version(state, given["ApplicationName"], label)
        if state.row(f"SELECT 1 FROM environments WHERE name = ? AND {lookups.LIVING}", name):
            raise invalid(f"Environment {name} already exists.")
        if "CNAMEPrefix" in given and _taken(cloud, prefix):
            raise invalid(f"DNS name ({prefix}.{DOMAIN}) is not available.")
        identity, now = lookups.new_environment_id(), time.time()
        state.insert(
            "environments",
            id=identity,
            name=name,
            application=given["ApplicationName"],
            description=given.get("Description", ""),
            label=label,
            stack=platform.stack,
            cname_prefix=prefix,
            status="Launching",
            port=None,
            deployment=1,
            deployments=1,
            created=now,
            updated=now,
        )
        state.set_options(identity, settings)
        row = lookups.environment(state, {"EnvironmentId": identity})
        state.emit(lookups.subject(row), call.request_id, "INFO", "createEnvironment is starting.")
    cloud.work.begin(identity, lambda: jobs.launch(cloud, identity, call.request_id))
    return shown(cloud, row)


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeEnvironments, by application, version, ids and names."""
    given = call.given
    conditions = [
        among("application", [given["ApplicationName"]] if "ApplicationName" in given else None),
        among("label", [given["VersionLabel"]] if "VersionLabel" in given else None),
        among("id", given.get("EnvironmentIds")),
        among("name", given.get("EnvironmentNames")),
    ]
    conditions.append((f"({lookups.LIVING} OR updated >= ?)", (_oldest_deleted(given),)))
    where = " AND ".join(condition for condition, _ in conditions)
    values = [value for _, several in conditions for value in several]
    found = cloud.state.rows(f"SELECT * FROM environments WHERE {where} ORDER BY created, id", *values)
    some, token = page(found, given)
    return {"Environments": [shown(cloud, row) for row in some], "NextToken": token}


def describe_resources(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeEnvironmentResources: the instances; the local balancer is none that Amazon's load balancer API knows."""
    row = lookups.environment(cloud.state, call.given)
    instances = cloud.operations.instances(options.spec_of(row, cloud.state.options(row["id"])))
    return {
        "EnvironmentResources": {
            "EnvironmentName": row["name"],
            "AutoScalingGroups": [{"Name": f"awseb-{row['id']}-group"}],
            "Instances": [{"Id": instance.id} for instance in instances],
            "LaunchConfigurations": [],
            "LaunchTemplates": [],
            "LoadBalancers": [],
            "Triggers": [],
            "Queues": [],
        }
    }


def check_dns(cloud: Cloud, call: Call) -> dict[str, Any]:
    """CheckDNSAvailability."""
    prefix = call.given["CNAMEPrefix"]
    return {"Available": not _taken(cloud, prefix), "FullyQualifiedCNAME": f"{prefix}.{DOMAIN}"}


def health_of(cloud: Cloud, row: Row) -> Health:
    """An environment's health now."""
    if row["status"] == "Terminated":
        return Health("NoData")
    spec = options.spec_of(row, cloud.state.options(row["id"]))
    expected = Expected(row["label"], row["deployment"], spec.min_size, busy=row["status"] != "Ready")
    return of_environment(expected, cloud.operations.instances(spec))


def enhanced(settings: Mapping[tuple[str, str], str]) -> bool:
    """Whether an environment reports enhanced health."""
    return settings.get((HEALTH, "SystemType"), "basic") == "enhanced"


def shown(cloud: Cloud, row: Row) -> dict[str, Any]:
    """An environment as the API shows it. Its CNAME is the balancer's address on this machine."""
    health = health_of(cloud, row)
    address = f"127.0.0.1:{row['port']}" if row["port"] and row["status"] != "Terminated" else None
    return {
        "EnvironmentName": row["name"],
        "EnvironmentId": row["id"],
        "ApplicationName": row["application"],
        "VersionLabel": row["label"],
        "SolutionStackName": row["stack"],
        "PlatformArn": of_stack(row["stack"]).arn(cloud.settings.region),
        "Description": row["description"] or None,
        "EndpointURL": address,
        "CNAME": address or f"{row['cname_prefix']}.{DOMAIN}",
        "DateCreated": lookups.moment(row["created"]),
        "DateUpdated": lookups.moment(row["updated"]),
        "Status": row["status"],
        "AbortableOperationInProgress": False,
        "Health": health.colour,
        "HealthStatus": health.status if enhanced(cloud.state.options(row["id"])) else None,
        "Tier": WEB_TIER,
        "EnvironmentLinks": [],
        "EnvironmentArn": f"{cloud.settings.arn}:environment/{row['application']}/{row['name']}",
    }


def _oldest_deleted(given: Mapping[str, Any]) -> float:
    """Since when terminated environments are shown: without a word, for an hour, so that a waiter sees the end."""
    if given.get("IncludeDeleted") is False:
        return math.inf
    if "IncludedDeletedBackTo" in given:
        return float(given["IncludedDeletedBackTo"].replace(tzinfo=UTC).timestamp())
    return 0 if given.get("IncludeDeleted") else time.time() - SHOWN_AFTER_TERMINATION


def _check_supported(given: Mapping[str, Any]) -> None:
    if given.get("Tier", {}).get("Name", "WebServer") != "WebServer":
        raise invalid("The local cloud has web server environments only.")
    if "TemplateName" in given:
        raise invalid(f"No Configuration Template named '{given['TemplateName']}' found.")


def _name(given: Mapping[str, Any]) -> str:
    name: str = given.get("EnvironmentName", "")
    if not name:
        raise ApiError("MissingParameter", "You must specify EnvironmentName.")
    if not NAME.fullmatch(name):
        raise invalid(
            f"Value {name} at 'EnvironmentName' failed to satisfy constraint: Member must contain only letters, "
            "digits, and the dash character and may not start or end with a dash"
        )
    return name


def _taken(cloud: Cloud, prefix: str) -> bool:
    found = cloud.state.row(
        f"SELECT 1 FROM environments WHERE lower(cname_prefix) = ? AND {lookups.LIVING}", prefix.lower()
    )
    return found is not None
