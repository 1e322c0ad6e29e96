"""Translation of option settings into the spec of an environment's machines."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from dockdj.localcloud.api_error import invalid_options
from dockdj.localcloud.contract import Batch, HealthStatus, Platform, Policy, Spec, Update, UpdateType
from dockdj.localcloud.platform.option_rules import (
    APPLICATION,
    ASG,
    COMMAND,
    ENVIRONMENT,
    HEALTH,
    MACHINE,
    OPTIONS,
    PROCESS,
    SECRETS,
    SPLITTING,
    UPDATE,
    VARIABLES,
    Key,
    seconds,
    validation_errors,
)
from dockdj.localcloud.platform.versions import of_stack
from dockdj.localcloud.state.tables import Environment


def apply_changes(
    current: Mapping[Key, str], settings: Iterable[Mapping[str, Any]], removed: Iterable[Mapping[str, Any]] = ()
) -> dict[Key, str]:
    """The options after OptionSettings and OptionsToRemove. Raises ApiError if the result is invalid."""
    options = changed(current, settings, removed)
    if errors := validation_errors(options):
        raise invalid_options("; ".join(error.message for error in errors))
    return options


def changed(
    current: Mapping[Key, str], settings: Iterable[Mapping[str, Any]], removed: Iterable[Mapping[str, Any]] = ()
) -> dict[Key, str]:
    """The options after OptionSettings and OptionsToRemove, valid or not."""
    options = dict(current)
    for option in removed:
        options.pop((option.get("Namespace", VARIABLES), option.get("OptionName", "")), None)
    for option in settings:
        key = (option.get("Namespace", VARIABLES), option.get("OptionName", ""))
        # `eb setenv NAME=` sends an empty value to remove the variable.
        if key[0] in (VARIABLES, SECRETS) and not option.get("Value"):
            options.pop(key, None)
        else:
            options[key] = option.get("Value", "")
    return options


def effective(options: Mapping[Key, str]) -> dict[Key, str]:
    """The options with defaults for missing ones, sorted by namespace and name."""
    defaults = {key: default for key, (default, _) in OPTIONS.items()}
    return dict(sorted({**defaults, **options}.items()))


def http_codes(matcher: str) -> frozenset[int]:
    """The codes of a MatcherHTTPCode such as `200,202` or `200-299`."""
    codes: set[int] = set()
    for part in matcher.split(","):
        first, _, last = part.partition("-")
        codes.update(range(int(first), int(last or first) + 1))
    return frozenset(codes)


def health_path(options: Mapping[Key, str]) -> str:
    """The process's HealthCheckPath if it is set, else the path of the Application Healthcheck URL, else `/`."""
    if path := options.get((PROCESS, "HealthCheckPath")):
        return path
    url = options.get((APPLICATION, "Application Healthcheck URL"), "")
    return url[url.index("/") :] if "/" in url else "/"


def fleet_size(options: Mapping[Key, str], size: int = 0) -> int:
    """The number of instances: the size that scaling has set, within MinSize and MaxSize."""
    values = effective(options)
    if values[ENVIRONMENT, "EnvironmentType"] == "SingleInstance":
        return 1
    return max(int(values[ASG, "MinSize"]), min(size, int(values[ASG, "MaxSize"])))


def enhanced_health(options: Mapping[Key, str]) -> bool:
    """Return whether an environment reports enhanced health."""
    return effective(options)[HEALTH, "SystemType"] == "enhanced"


def platform_of(environment: Environment) -> Platform:
    """The kind of bundles that an environment runs."""
    return Platform.ECS if environment.stack.endswith("running ECS") else Platform.DOCKER


def spec_of(environment: Environment, options: Mapping[Key, str]) -> Spec:
    """The spec of an environment's machines."""
    values = effective(options)
    size = fleet_size(options, environment.size)
    sticky = values[PROCESS, "StickinessEnabled"] == "true"
    return Spec(
        environment_id=environment.id,
        name=environment.name,
        application=environment.application,
        min_size=size,
        policy=_policy(values),
        batch=Batch(int(values[COMMAND, "BatchSize"]), percentage=values[COMMAND, "BatchSizeType"] == "Percentage"),
        command_timeout=int(values[COMMAND, "Timeout"]),
        health_path=health_path(options),
        health_codes=http_codes(values[PROCESS, "MatcherHTTPCode"]),
        health_interval=int(values[PROCESS, "HealthCheckInterval"]),
        healthy_threshold=int(values[PROCESS, "HealthyThresholdCount"]),
        deregistration_delay=int(values[PROCESS, "DeregistrationDelay"]),
        variables={name: value for (namespace, name), value in options.items() if namespace == VARIABLES},
        port=environment.port,
        secrets={name: value for (namespace, name), value in options.items() if namespace == SECRETS},
        platform=platform_of(environment),
        platform_version=of_stack(environment.stack).version,
        sticky_seconds=int(values[PROCESS, "StickinessLBCookieDuration"]) if sticky else 0,
        balancer=environment.balancer,
        group=environment.instance_group,
        machine=_machine(options),
        update=_update(values),
        ignore_health=values[COMMAND, "IgnoreHealthCheck"] == "true",
        health_threshold=_health_threshold(values),
        new_version_percent=int(values[SPLITTING, "NewVersionPercent"]),
        evaluation_seconds=60 * int(values[SPLITTING, "EvaluationTime"]),
    )


def _policy(values: Mapping[Key, str]) -> Policy:
    """The deployment policy. A single instance has no batches and no second group behind a load balancer."""
    policy = Policy(values[COMMAND, "DeploymentPolicy"])
    single = values[ENVIRONMENT, "EnvironmentType"] == "SingleInstance"
    return Policy.ALL_AT_ONCE if single and policy != Policy.IMMUTABLE else policy


def _update(values: Mapping[Key, str]) -> Update:
    """The options of configuration updates, with the developer guide's values for those that are not set."""
    low, high = int(values[ASG, "MinSize"]), int(values[ASG, "MaxSize"])
    return Update(
        enabled=values[UPDATE, "RollingUpdateEnabled"] == "true",
        type=UpdateType(values[UPDATE, "RollingUpdateType"]),
        max_batch=int(values[UPDATE, "MaxBatchSize"] or math.ceil(low / 3)),
        min_in_service=int(values[UPDATE, "MinInstancesInService"] or min(low, high - 1)),
        pause_seconds=seconds(values[UPDATE, "PauseTime"] or "PT0S"),
        timeout_seconds=seconds(values[UPDATE, "Timeout"]),
    )


def _health_threshold(values: Mapping[Key, str]) -> HealthStatus:
    """The worst health that a deployment accepts. Basic health knows only the load balancer's checks."""
    enhanced = values[HEALTH, "SystemType"] == "enhanced"
    return HealthStatus(values[COMMAND, "HealthCheckSuccessThreshold"]) if enhanced else HealthStatus.OK


def _machine(options: Mapping[Key, str]) -> str:
    """A hash of the options whose change needs new instances; empty without such options."""
    chosen = sorted((*key, value) for key, value in options.items() if key[0] in MACHINE)
    return sha256(json.dumps(chosen).encode()).hexdigest()[:16] if chosen else ""
