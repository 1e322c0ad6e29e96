"""Translation of option settings into the spec of an environment's machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from dockdj.localcloud.api_error import invalid_options
from dockdj.localcloud.contract import Platform, Policy, Spec
from dockdj.localcloud.platform.option_rules import (
    APPLICATION,
    ASG,
    COMMAND,
    ENVIRONMENT,
    HEALTH,
    OPTIONS,
    PROCESS,
    SECRETS,
    VARIABLES,
    Key,
    validation_errors,
)
from dockdj.localcloud.platform.versions import of_stack
from dockdj.localcloud.state.tables import Environment

BatchSizeType = Literal["Percentage", "Fixed"]


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


def batch_size(size: int, kind: BatchSizeType, fleet: int) -> int:
    """The number of instances in one batch: at least one, at most all. Percentages are rounded down."""
    instances = size if kind == "Fixed" else fleet * size // 100
    return max(1, min(instances, fleet))


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


def fleet_size(options: Mapping[Key, str]) -> int:
    """The number of instances. The local cloud does not scale automatically, so this is MinSize."""
    values = effective(options)
    return 1 if values[ENVIRONMENT, "EnvironmentType"] == "SingleInstance" else int(values[ASG, "MinSize"])


def enhanced_health(options: Mapping[Key, str]) -> bool:
    """Return whether an environment reports enhanced health."""
    return effective(options)[HEALTH, "SystemType"] == "enhanced"


def platform_of(environment: Environment) -> Platform:
    """The kind of bundles that an environment runs."""
    return Platform.ECS if environment.stack.endswith("running ECS") else Platform.DOCKER


def spec_of(environment: Environment, options: Mapping[Key, str]) -> Spec:
    """The spec of an environment's machines."""
    values = effective(options)
    size = fleet_size(options)
    kind: BatchSizeType = "Fixed" if values[COMMAND, "BatchSizeType"] == "Fixed" else "Percentage"
    return Spec(
        environment_id=environment.id,
        name=environment.name,
        application=environment.application,
        min_size=size,
        policy=Policy(values[COMMAND, "DeploymentPolicy"]),
        batch_size=batch_size(int(values[COMMAND, "BatchSize"]), kind, size),
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
        balancer=environment.balancer,
    )
