"""Actions that create and describe environments."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from dockdj.localcloud import jobs
from dockdj.localcloud.api import saved_configurations, tags
from dockdj.localcloud.api.pages import page
from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import HealthStatus, InstanceState, Severity
from dockdj.localcloud.environment_options import options_of
from dockdj.localcloud.platform import options, sample
from dockdj.localcloud.platform.health import Expected, Health, during_operation, of_environment
from dockdj.localcloud.platform.option_rules import Key
from dockdj.localcloud.platform.versions import named, of_stack, requested
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.database import all_of, among
from dockdj.localcloud.state.tables import Environment, EnvironmentStatus

WEB_TIER = {"Name": "WebServer", "Type": "Standard", "Version": "1.0"}
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
CLUSTER, CLUSTER_TYPE = "Cluster", "EKS"
"""The tier that accounts have on request only. The text of its refusal is not known."""
DOMAIN = "elasticbeanstalk.com"
TERMINATED_VISIBLE_SECONDS = 3600


def create(cloud: Cloud, call: Call) -> dict[str, Any]:
    """CreateEnvironment: store it and answer at once; a background job creates its machines."""
    parameters, state = call.parameters, cloud.state
    _check_supported(parameters)
    name, label = _name(parameters), parameters.get("VersionLabel", sample.LABEL)
    prefix = parameters.get("CNAMEPrefix", name)
    _check_characters("CNAMEPrefix", prefix)
    given = tags.given(parameters)
    source = saved_configurations.of_request(cloud, parameters, parameters["ApplicationName"])
    settings = saved_configurations.settings_after(source, parameters, {})
    platform = source.platform if source and not named(parameters) else requested(parameters, cloud.settings.region)
    with state.transaction():
        lookups.application(state, parameters["ApplicationName"])
        if label != sample.LABEL:
            lookups.version(state, parameters["ApplicationName"], label)
        if state.row(f"SELECT 1 FROM environments WHERE name = ? AND {lookups.NOT_TERMINATED}", name):
            raise invalid(f"Environment {name} already exists.")
        if "CNAMEPrefix" in parameters and _prefix_in_use(cloud, prefix):
            raise invalid(f"DNS name ({prefix}.{DOMAIN}) is not available.")
        environment_id, now = lookups.new_environment_id(), time.time()
        state.insert(
            "environments",
            id=environment_id,
            name=name,
            application=parameters["ApplicationName"],
            description=parameters.get("Description", ""),
            label=label,
            stack=platform.stack,
            cname_prefix=prefix,
            status=EnvironmentStatus.LAUNCHING,
            operation=call.request_id,
            port=None,
            deployment=1,
            deployments=1,
            created=now,
            updated=now,
        )
        state.set_options(environment_id, settings)
        tags.replace(cloud, f"environment/{parameters['ApplicationName']}/{name}", given)
        environment = lookups.environment(state, {"EnvironmentId": environment_id})
        state.emit(lookups.subject(environment), call.request_id, Severity.INFO, "createEnvironment is starting.")
    # Described before the job begins: a fast one could have healthy instances when the answer is sent.
    answer = _described(cloud, environment, options_of(cloud, environment), Health(HealthStatus.PENDING))
    cloud.work.begin(environment_id, lambda: jobs.launch(cloud, environment_id, call.request_id))
    return answer


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeEnvironments, by application, version, ids and names."""
    parameters = call.parameters
    condition = all_of(
        [
            among("application", [parameters["ApplicationName"]] if "ApplicationName" in parameters else None),
            among("label", [parameters["VersionLabel"]] if "VersionLabel" in parameters else None),
            among("id", parameters.get("EnvironmentIds")),
            among("name", parameters.get("EnvironmentNames")),
            (f"({lookups.NOT_TERMINATED} OR updated >= ?)", (_terminated_since(parameters),)),
        ]
    )
    requested_page = page(lookups.environments(cloud.state, condition), parameters)
    return {
        "Environments": [description(cloud, environment) for environment in requested_page.items],
        "NextToken": requested_page.next_token,
    }


def describe_resources(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeEnvironmentResources: the instances. Amazon's load balancer API does not know the local balancer."""
    environment = lookups.environment(cloud.state, call.parameters)
    instances = instances_of(cloud, environment, options_of(cloud, environment))
    return {
        "EnvironmentResources": {
            "EnvironmentName": environment.name,
            "AutoScalingGroups": [{"Name": f"awseb-{environment.id}-group"}],
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
    prefix = call.parameters["CNAMEPrefix"]
    return {"Available": not _prefix_in_use(cloud, prefix), "FullyQualifiedCNAME": f"{prefix}.{DOMAIN}"}


def instances_of(cloud: Cloud, environment: Environment, settings: Mapping[Key, str]) -> tuple[InstanceState, ...]:
    """The state of the instances of an environment with these options; none of a terminated one.

    One that an operation has taken out is Pending until its end.
    """
    if environment.status == EnvironmentStatus.TERMINATED:
        return ()
    instances = cloud.operations.observe(options.spec_of(environment, settings)).instances
    return instances if environment.status == EnvironmentStatus.READY else during_operation(instances)


def health_of(environment: Environment, settings: Mapping[Key, str], instances: Sequence[InstanceState]) -> Health:
    """The health of an environment with these options and instances."""
    if environment.status == EnvironmentStatus.TERMINATED:
        return Health(HealthStatus.NO_DATA)
    size = options.fleet_size(settings, environment.size)
    expected = Expected(
        environment.label, environment.deployment, size, busy=environment.status != EnvironmentStatus.READY
    )
    return of_environment(expected, instances)


def description(cloud: Cloud, environment: Environment) -> dict[str, Any]:
    """The EnvironmentDescription of an environment. Its CNAME is the balancer's address on this machine."""
    settings = options_of(cloud, environment)
    health = health_of(environment, settings, instances_of(cloud, environment, settings))
    return _described(cloud, environment, settings, health)


def _described(cloud: Cloud, environment: Environment, settings: Mapping[Key, str], health: Health) -> dict[str, Any]:
    serves = environment.port and environment.status != EnvironmentStatus.TERMINATED
    address = f"127.0.0.1:{environment.port}" if serves else None
    enhanced = options.enhanced_health(settings)
    return {
        "EnvironmentName": environment.name,
        "EnvironmentId": environment.id,
        "ApplicationName": environment.application,
        "VersionLabel": environment.label,
        "SolutionStackName": environment.stack,
        "PlatformArn": of_stack(environment.stack).arn(cloud.settings.region),
        "Description": environment.description or None,
        "EndpointURL": address,
        "CNAME": address or f"{environment.cname_prefix}.{DOMAIN}",
        "DateCreated": lookups.api_time(environment.created),
        "DateUpdated": lookups.api_time(environment.updated),
        "Status": environment.status,
        "AbortableOperationInProgress": bool(environment.abortable),
        "Health": health.colour,
        "HealthStatus": health.status if enhanced else None,
        "Tier": WEB_TIER,
        "EnvironmentLinks": [],
        "EnvironmentArn": f"{cloud.settings.arn}:environment/{environment.application}/{environment.name}",
    }


def _terminated_since(parameters: Mapping[str, Any]) -> float:
    """The time since when terminated environments are listed. By default an hour, so that a waiter sees the end."""
    if parameters.get("IncludeDeleted") is False:
        return math.inf
    if "IncludedDeletedBackTo" in parameters:
        return float(parameters["IncludedDeletedBackTo"].replace(tzinfo=UTC).timestamp())
    return 0 if parameters.get("IncludeDeleted") else time.time() - TERMINATED_VISIBLE_SECONDS


def _check_supported(parameters: Mapping[str, Any]) -> None:
    tier = parameters.get("Tier", {})
    name, kind = tier.get("Name", WEB_TIER["Name"]), tier.get("Type", WEB_TIER["Type"])
    if CLUSTER in (name, kind) or kind == CLUSTER_TYPE:
        raise invalid("The environment tier Cluster is not available to this account.")
    if name != WEB_TIER["Name"]:
        raise invalid("The local cloud has web server environments only.")
    if kind != WEB_TIER["Type"]:
        raise invalid(f"The environment tier {name} has no type {kind}.")


def _name(parameters: Mapping[str, Any]) -> str:
    name: str = parameters.get("EnvironmentName", "")
    if not name:
        raise ApiError("MissingParameter", "You must specify EnvironmentName.")
    _check_characters("EnvironmentName", name)
    return name


def _check_characters(member: str, value: str) -> None:
    """Raise ApiError unless a value can be a part of a host name."""
    if not NAME.fullmatch(value):
        raise invalid(
            f"Value {value} at '{member}' failed to satisfy constraint: Member must contain only letters, "
            "digits, and the dash character and may not start or end with a dash"
        )


def _prefix_in_use(cloud: Cloud, prefix: str) -> bool:
    row = cloud.state.row(
        f"SELECT 1 FROM environments WHERE lower(cname_prefix) = ? AND {lookups.NOT_TERMINATED}", prefix.lower()
    )
    return row is not None
