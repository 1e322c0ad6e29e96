"""Option settings that the local cloud understands: their defaults, and which values are possible.

Source: "General options for all environments" in the Elastic Beanstalk developer guide. Every other option is stored
and returned, and has no effect here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Key = tuple[str, str]
Rule = Callable[[str], str | None]
"""The reason why a value is not possible, or None."""

ASG = "aws:autoscaling:asg"
COMMAND = "aws:elasticbeanstalk:command"
PROCESS = "aws:elasticbeanstalk:environment:process:default"
APPLICATION = "aws:elasticbeanstalk:application"
ENVIRONMENT = "aws:elasticbeanstalk:environment"
VARIABLES = "aws:elasticbeanstalk:application:environment"
HEALTH = "aws:elasticbeanstalk:healthreporting:system"

LONGEST_VARIABLES = 4096
VARIABLE_NAME = re.compile(r"[\w.:/+\\@-]+", re.ASCII)
HERE = "is possible on Elastic Beanstalk, but not supported by the local cloud"


def whole(low: int, high: int) -> Rule:
    """A whole number between two bounds."""

    def reason(value: str) -> str | None:
        if not re.fullmatch(r"-?\d+", value):
            return "Value is not a valid integer"
        if int(value) < low:
            return f"Value is less than minimum allowed value: {low}"
        if int(value) > high:
            return f"Value is greater than maximum allowed value: {high}"
        return None

    return reason


def one_of(*allowed: str, elsewhere: tuple[str, ...] = ()) -> Rule:
    """One of a few words; some of them only on the real platform."""

    def reason(value: str) -> str | None:
        if value in elsewhere:
            return f"{value} {HERE}"
        return (
            None if value in allowed else f"Value is not one of the allowed values: [{', '.join(allowed + elsewhere)}]"
        )

    return reason


def matching(pattern: str, expected: str) -> Rule:
    """A value of a form."""
    form = re.compile(pattern)
    return lambda value: None if form.fullmatch(value) else f"Value is not {expected}"


# Key -> (default, rule).
OPTIONS: Mapping[Key, tuple[str, Rule]] = {
    (ASG, "MinSize"): ("1", whole(1, 10000)),
    (ASG, "MaxSize"): ("4", whole(1, 10000)),
    (COMMAND, "DeploymentPolicy"): (
        "AllAtOnce",
        one_of("AllAtOnce", "Rolling", elsewhere=("RollingWithAdditionalBatch", "Immutable", "TrafficSplitting")),
    ),
    (COMMAND, "BatchSizeType"): ("Percentage", one_of("Percentage", "Fixed")),
    (COMMAND, "BatchSize"): ("100", whole(1, 10000)),
    (COMMAND, "Timeout"): ("600", whole(1, 3600)),
    (APPLICATION, "Application Healthcheck URL"): (
        "",
        matching(r"(|/\S*|(HTTPS?:\d{1,5})?/\S*|TCP:\d{1,5})", "a path such as /healthz/ or HTTPS:443/healthz/"),
    ),
    (PROCESS, "Port"): ("80", one_of("80")),
    (PROCESS, "Protocol"): ("HTTP", one_of("HTTP", elsewhere=("HTTPS", "TCP"))),
    (PROCESS, "HealthCheckPath"): ("/", matching(r"/\S*", "a path that begins with /")),
    (PROCESS, "HealthCheckInterval"): ("15", whole(5, 300)),
    (PROCESS, "HealthCheckTimeout"): ("5", whole(2, 60)),
    (PROCESS, "HealthyThresholdCount"): ("3", whole(2, 10)),
    (PROCESS, "UnhealthyThresholdCount"): ("5", whole(2, 10)),
    (PROCESS, "MatcherHTTPCode"): (
        "200",
        matching(
            r"[2-4]\d\d(-[2-4]\d\d)?(,[2-4]\d\d(-[2-4]\d\d)?)*",
            "HTTP codes from 200 to 499, such as 200,202 or 200-299",
        ),
    ),
    (PROCESS, "DeregistrationDelay"): ("20", whole(0, 3600)),
    (ENVIRONMENT, "EnvironmentType"): ("LoadBalanced", one_of("LoadBalanced", "SingleInstance")),
    (ENVIRONMENT, "LoadBalancerType"): ("classic", one_of("classic", "application", "network")),
    (ENVIRONMENT, "LoadBalancerIsShared"): ("false", one_of("false", elsewhere=("true",))),
    (HEALTH, "SystemType"): ("basic", one_of("basic", "enhanced")),
}


def objections(options: Mapping[Key, str]) -> list[str]:
    """What is impossible in the effective options of an environment, in Elastic Beanstalk's words."""
    found = []
    for (namespace, name), value in sorted(options.items()):
        if not namespace.startswith("aws:"):
            option = f"(Namespace: '{namespace}', OptionName: '{name}')"
            found.append(f"Invalid option specification {option}: Unknown configuration setting.")
        elif namespace == VARIABLES and not VARIABLE_NAME.fullmatch(name):
            found.append(_invalid(namespace, name, value, "Name has characters that are not allowed"))
        elif (namespace, name) in OPTIONS and (reason := OPTIONS[namespace, name][1](value)):
            found.append(_invalid(namespace, name, value, reason))
    return found or _together(options)


def _together(options: Mapping[Key, str]) -> list[str]:
    """What is impossible only in combination."""
    found = []
    low, high = _value(options, ASG, "MinSize"), _value(options, ASG, "MaxSize")
    if int(low) > int(high):
        found.append(_invalid(ASG, "MinSize", low, f"Value is greater than MaxSize: {high}"))
    size = _value(options, COMMAND, "BatchSize")
    if _value(options, COMMAND, "BatchSizeType") == "Percentage" and int(size) > 100:
        found.append(_invalid(COMMAND, "BatchSize", size, "Value is greater than maximum allowed value: 100"))
    variables = ",".join(f"{name}={value}" for (namespace, name), value in options.items() if namespace == VARIABLES)
    if len(variables.encode()) > LONGEST_VARIABLES:
        found.append(
            f"Parameter 'EnvironmentVariables' default value '[****]' length is greater than {LONGEST_VARIABLES}"
        )
    return found


def _value(options: Mapping[Key, str], namespace: str, name: str) -> str:
    return options.get((namespace, name), OPTIONS[namespace, name][0])


def _invalid(namespace: str, name: str, value: str, reason: str) -> str:
    return f"Invalid option value: '{value}' (Namespace: '{namespace}', OptionName: '{name}'): {reason}"
