"""Defaults and validation of the option settings that the local cloud understands.

Source: "General options for all environments" in the Elastic Beanstalk developer guide. Every other option is stored
and returned, and has no effect here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Key = tuple[str, str]
"""Namespace and name of an option."""
Rule = Callable[[str], str | None]
"""Check a value and return the reason why it is invalid, or None."""

ASG = "aws:autoscaling:asg"
COMMAND = "aws:elasticbeanstalk:command"
PROCESS = "aws:elasticbeanstalk:environment:process:default"
APPLICATION = "aws:elasticbeanstalk:application"
ENVIRONMENT = "aws:elasticbeanstalk:environment"
VARIABLES = "aws:elasticbeanstalk:application:environment"
HEALTH = "aws:elasticbeanstalk:healthreporting:system"

VARIABLES_MAX_BYTES = 4096
VARIABLE_NAME = re.compile(r"[\w.:/+\\@-]+", re.ASCII)
CODES = re.compile("(?P<first>[2-4][0-9][0-9])(-(?P<last>[2-4][0-9][0-9]))?")
INTEGER = re.compile("-?[0-9]{1,10}")
UNSUPPORTED = "is possible on Elastic Beanstalk, but not supported by the local cloud"


def integer(low: int, high: int) -> Rule:
    """The rule for an integer between two bounds."""

    def reason(value: str) -> str | None:
        if not INTEGER.fullmatch(value):
            return "Value is not a valid integer"
        if int(value) < low:
            return f"Value is less than minimum allowed value: {low}"
        if int(value) > high:
            return f"Value is greater than maximum allowed value: {high}"
        return None

    return reason


def choice(*allowed: str, unsupported: tuple[str, ...] = ()) -> Rule:
    """The rule for one of a few words; the local cloud refuses the unsupported ones."""

    def reason(value: str) -> str | None:
        if value in unsupported:
            return f"{value} {UNSUPPORTED}"
        if value in allowed:
            return None
        return f"Value is not one of the allowed values: [{', '.join(allowed + unsupported)}]"

    return reason


def pattern(regex: str, description: str) -> Rule:
    """The rule for a value that matches a regular expression."""
    compiled = re.compile(regex)
    return lambda value: None if compiled.fullmatch(value) else f"Value is not {description}"


def http_codes(value: str) -> str | None:
    """The rule for codes and ranges of codes."""
    for part in value.split(","):
        match = CODES.fullmatch(part)
        if not match:
            return "Value is not HTTP codes from 200 to 499, such as 200,202 or 200-299"
        if match["last"] and int(match["first"]) > int(match["last"]):
            return f"Value has a range that ends before it begins: {part}"
    return None


# Key -> (default, rule).
OPTIONS: Mapping[Key, tuple[str, Rule]] = {
    (ASG, "MinSize"): ("1", integer(1, 10000)),
    (ASG, "MaxSize"): ("4", integer(1, 10000)),
    (COMMAND, "DeploymentPolicy"): (
        "AllAtOnce",
        choice("AllAtOnce", "Rolling", unsupported=("RollingWithAdditionalBatch", "Immutable", "TrafficSplitting")),
    ),
    (COMMAND, "BatchSizeType"): ("Percentage", choice("Percentage", "Fixed")),
    (COMMAND, "BatchSize"): ("100", integer(1, 10000)),
    (COMMAND, "Timeout"): ("600", integer(1, 3600)),
    (APPLICATION, "Application Healthcheck URL"): (
        "",
        pattern(r"(|/\S*|(HTTPS?:\d{1,5})?/\S*|TCP:\d{1,5})", "a path such as /healthz/ or HTTPS:443/healthz/"),
    ),
    (PROCESS, "Port"): ("80", choice("80")),
    (PROCESS, "Protocol"): ("HTTP", choice("HTTP", unsupported=("HTTPS", "TCP"))),
    (PROCESS, "HealthCheckPath"): ("/", pattern(r"/\S*", "a path that begins with /")),
    (PROCESS, "HealthCheckInterval"): ("15", integer(5, 300)),
    (PROCESS, "HealthCheckTimeout"): ("5", integer(2, 60)),
    (PROCESS, "HealthyThresholdCount"): ("3", integer(2, 10)),
    (PROCESS, "UnhealthyThresholdCount"): ("5", integer(2, 10)),
    (PROCESS, "MatcherHTTPCode"): ("200", http_codes),
    (PROCESS, "DeregistrationDelay"): ("20", integer(0, 3600)),
    (ENVIRONMENT, "EnvironmentType"): ("LoadBalanced", choice("LoadBalanced", "SingleInstance")),
    (ENVIRONMENT, "LoadBalancerType"): ("classic", choice("classic", "application", "network")),
    (ENVIRONMENT, "LoadBalancerIsShared"): ("false", choice("false", unsupported=("true",))),
    (HEALTH, "SystemType"): ("basic", choice("basic", "enhanced")),
}


def validation_errors(options: Mapping[Key, str]) -> list[str]:
    """The errors in an environment's option settings, in Elastic Beanstalk's words."""
    errors = []
    for (namespace, name), value in sorted(options.items()):
        if not namespace.startswith("aws:"):
            option = f"(Namespace: '{namespace}', OptionName: '{name}')"
            errors.append(f"Invalid option specification {option}: Unknown configuration setting.")
        elif namespace == VARIABLES and not VARIABLE_NAME.fullmatch(name):
            errors.append(_invalid(namespace, name, value, "Name has characters that are not allowed"))
        elif (namespace, name) in OPTIONS and (reason := OPTIONS[namespace, name][1](value)):
            errors.append(_invalid(namespace, name, value, reason))
    return errors or _combination_errors(options)


def _combination_errors(options: Mapping[Key, str]) -> list[str]:
    """The errors of options that are valid alone but not together."""
    errors = []
    low, high = _value(options, ASG, "MinSize"), _value(options, ASG, "MaxSize")
    if int(low) > int(high):
        errors.append(_invalid(ASG, "MinSize", low, f"Value is greater than MaxSize: {high}"))
    size = _value(options, COMMAND, "BatchSize")
    if _value(options, COMMAND, "BatchSizeType") == "Percentage" and int(size) > 100:
        errors.append(_invalid(COMMAND, "BatchSize", size, "Value is greater than maximum allowed value: 100"))
    variables = ",".join(f"{name}={value}" for (namespace, name), value in options.items() if namespace == VARIABLES)
    if len(variables.encode()) > VARIABLES_MAX_BYTES:
        errors.append(
            f"Parameter 'EnvironmentVariables' default value '[****]' length is greater than {VARIABLES_MAX_BYTES}"
        )
    return errors


def _value(options: Mapping[Key, str], namespace: str, name: str) -> str:
    return options.get((namespace, name), OPTIONS[namespace, name][0])


def _invalid(namespace: str, name: str, value: str, reason: str) -> str:
    return f"Invalid option value: '{value}' (Namespace: '{namespace}', OptionName: '{name}'): {reason}"
