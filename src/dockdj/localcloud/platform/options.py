"""From option settings to what an environment's machines are told."""

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
    OPTIONS,
    PROCESS,
    VARIABLES,
    Key,
    objections,
)

BatchSizeType = Literal["Percentage", "Fixed"]


def changed(
    current: Mapping[Key, str], settings: Iterable[Mapping[str, Any]], removed: Iterable[Mapping[str, Any]] = ()
) -> dict[Key, str]:
    """The options after OptionSettings and OptionsToRemove. Raises ApiError when the outcome is not possible."""
    options = dict(current)
    for option in removed:
        options.pop((option.get("Namespace", VARIABLES), option.get("OptionName", "")), None)
    for option in settings:
        key = (option.get("Namespace", VARIABLES), option.get("OptionName", ""))
        # `eb setenv NAME=` sends an empty value to remove the variable.
        if key[0] == VARIABLES and not option.get("Value"):
            options.pop(key, None)
        else:
            options[key] = option.get("Value", "")
    if found := objections(options):
        raise invalid_options("; ".join(found))
    return options


def effective(options: Mapping[Key, str]) -> dict[Key, str]:
    """The options with the defaults of those that were not given, sorted by namespace and name."""
    defaults = {key: default for key, (default, _) in OPTIONS.items()}
    return dict(sorted({**defaults, **options}.items()))


def batch_size(size: int, kind: BatchSizeType, fleet: int) -> int:
    """Instances in one batch of a rolling deployment: at least one, at most all; percentages are rounded down."""
    wanted = size if kind == "Fixed" else fleet * size // 100
    return max(1, min(wanted, fleet))


def http_codes(matcher: str) -> frozenset[int]:
    """The codes of a MatcherHTTPCode such as `200,202` or `200-299`."""
    codes: set[int] = set()
    for part in matcher.split(","):
        first, _, last = part.partition("-")
        codes.update(range(int(first), int(last or first) + 1))
    return frozenset(codes)


def health_path(options: Mapping[Key, str]) -> str:
    """The process's HealthCheckPath if it was given, else the path of the Application Healthcheck URL, else `/`."""
    if given := options.get((PROCESS, "HealthCheckPath")):
        return given
    url = options.get((APPLICATION, "Application Healthcheck URL"), "")
    return url[url.index("/") :] if "/" in url else "/"


def fleet_size(options: Mapping[Key, str]) -> int:
    """How many instances run: the local cloud never scales by itself, so it is MinSize."""
    known = effective(options)
    return 1 if known[ENVIRONMENT, "EnvironmentType"] == "SingleInstance" else int(known[ASG, "MinSize"])


def platform_of(environment: Mapping[str, Any]) -> Platform:
    """What an environment's bundles are for."""
    return "ECS" if environment["stack"].endswith("running ECS") else "Docker"


def spec_of(environment: Mapping[str, Any], options: Mapping[Key, str]) -> Spec:
    """What the machines of an environment are told."""
    known = effective(options)
    size = fleet_size(options)
    policy: Policy = "Rolling" if known[COMMAND, "DeploymentPolicy"] == "Rolling" else "AllAtOnce"
    kind: BatchSizeType = "Fixed" if known[COMMAND, "BatchSizeType"] == "Fixed" else "Percentage"
    return Spec(
        environment_id=environment["id"],
        name=environment["name"],
        application=environment["application"],
        min_size=size,
        policy=policy,
        batch_size=batch_size(int(known[COMMAND, "BatchSize"]), kind, size),
        command_timeout=int(known[COMMAND, "Timeout"]),
        health_path=health_path(options),
        health_codes=http_codes(known[PROCESS, "MatcherHTTPCode"]),
        health_interval=int(known[PROCESS, "HealthCheckInterval"]),
        healthy_threshold=int(known[PROCESS, "HealthyThresholdCount"]),
        deregistration_delay=int(known[PROCESS, "DeregistrationDelay"]),
        variables={name: value for (namespace, name), value in options.items() if namespace == VARIABLES},
        port=environment["port"],
        platform=platform_of(environment),
    )
