"""Defaults and validation of the option settings that the local cloud understands.

Source: "General options for all environments" in the Elastic Beanstalk developer guide. Every other option is stored
and returned, and has no effect here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

Key = tuple[str, str]
"""Namespace and name of an option."""

ASG = "aws:autoscaling:asg"
TRIGGER = "aws:autoscaling:trigger"
COMMAND = "aws:elasticbeanstalk:command"
PROCESS = "aws:elasticbeanstalk:environment:process:default"
APPLICATION = "aws:elasticbeanstalk:application"
ENVIRONMENT = "aws:elasticbeanstalk:environment"
VARIABLES = "aws:elasticbeanstalk:application:environment"
SECRETS = "aws:elasticbeanstalk:application:environmentsecrets"
HEALTH = "aws:elasticbeanstalk:healthreporting:system"
SPLITTING = "aws:elasticbeanstalk:trafficsplitting"
UPDATE = "aws:autoscaling:updatepolicy:rollingupdate"
MACHINE = ("aws:autoscaling:launchconfiguration", "aws:ec2:instances", "aws:ec2:vpc")
"""Namespaces whose changes need new instances."""

VARIABLES_MAX_BYTES = 4096
VARIABLE_NAME = re.compile(r"[\w.:/+\\@-]+", re.ASCII)
SECRET_ARN = re.compile(
    r"arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:\d{12}:secret:[^:\s]+(:[^:\s][^\n]*)?|ssm:[a-z0-9-]+:\d{12}:parameter/[^:\s]+)"
)
CODES = re.compile("(?P<first>[2-4][0-9][0-9])(-(?P<last>[2-4][0-9][0-9]))?")
INTEGER = re.compile("-?[0-9]{1,10}")
DURATION = re.compile("PT(?=[0-9])(?:([0-9]{1,4})H)?(?:([0-9]{1,4})M)?(?:([0-9]{1,5})S)?")
UNSUPPORTED = "is possible on Elastic Beanstalk, but not supported by the local cloud"


class Rule(Protocol):
    """The values that an option takes."""

    def reason(self, value: str) -> str | None:
        """The reason why a value is invalid, or None."""
        ...

    @property
    def restrictions(self) -> Mapping[str, object]:
        """The members of a ConfigurationOptionDescription that say the same."""
        ...


@dataclass(frozen=True)
class Integer:
    """An integer between two bounds."""

    low: int
    high: int

    def reason(self, value: str) -> str | None:
        """See `Rule`."""
        if not INTEGER.fullmatch(value):
            return "Value is not a valid integer"
        if int(value) < self.low:
            return f"Value is less than minimum allowed value: {self.low}"
        if int(value) > self.high:
            return f"Value is greater than maximum allowed value: {self.high}"
        return None

    @property
    def restrictions(self) -> Mapping[str, object]:
        """See `Rule`."""
        return {"MinValue": self.low, "MaxValue": self.high}


@dataclass(frozen=True)
class Choice:
    """One of a few words; the local cloud refuses the unsupported ones."""

    allowed: tuple[str, ...]
    unsupported: tuple[str, ...] = ()

    def reason(self, value: str) -> str | None:
        """See `Rule`."""
        if value in self.unsupported:
            return f"{value} {UNSUPPORTED}"
        if value in self.allowed:
            return None
        return f"Value is not one of the allowed values: [{', '.join(self.allowed + self.unsupported)}]"

    @property
    def restrictions(self) -> Mapping[str, object]:
        """See `Rule`."""
        return {"ValueOptions": list(self.allowed)}


@dataclass(frozen=True)
class Pattern:
    """A value that matches a regular expression."""

    regex: str
    description: str

    def reason(self, value: str) -> str | None:
        """See `Rule`."""
        return None if re.fullmatch(self.regex, value) else f"Value is not {self.description}"

    @property
    def restrictions(self) -> Mapping[str, object]:
        """See `Rule`."""
        return {"Regex": {"Pattern": self.regex, "Label": self.description}}


@dataclass(frozen=True)
class HttpCodes:
    """Codes and ranges of codes."""

    def reason(self, value: str) -> str | None:
        """See `Rule`."""
        for part in value.split(","):
            match = CODES.fullmatch(part)
            if not match:
                return "Value is not HTTP codes from 200 to 499, such as 200,202 or 200-299"
            if match["last"] and int(match["first"]) > int(match["last"]):
                return f"Value has a range that ends before it begins: {part}"
        return None

    @property
    def restrictions(self) -> Mapping[str, object]:
        """See `Rule`."""
        return {}


@dataclass(frozen=True)
class Duration:
    """A duration of ISO 8601 between two numbers of seconds."""

    low: int
    high: int

    def reason(self, value: str) -> str | None:
        """See `Rule`."""
        if not DURATION.fullmatch(value):
            return "Value is not a duration such as PT5M30S"
        if not self.low <= seconds(value) <= self.high:
            return f"Value is not between PT{self.low // 60}M and PT{self.high // 60}M"
        return None

    @property
    def restrictions(self) -> Mapping[str, object]:
        """See `Rule`."""
        return {}


@dataclass(frozen=True)
class Optional:
    """The values of another rule, or an empty one: the cloud then computes the value."""

    rule: Rule

    def reason(self, value: str) -> str | None:
        """See `Rule`."""
        return self.rule.reason(value) if value else None

    @property
    def restrictions(self) -> Mapping[str, object]:
        """See `Rule`."""
        return self.rule.restrictions


def seconds(duration: str) -> int:
    """The seconds of a valid duration such as `PT5M30S`."""
    match = DURATION.fullmatch(duration)
    assert match
    return sum(int(number or 0) * unit for number, unit in zip(match.groups(), (3600, 60, 1), strict=True))


BOOLEAN = Choice(("true", "false"))

MEASURES = (
    "CPUUtilization",
    "NetworkIn",
    "NetworkOut",
    "DiskWriteOps",
    "DiskReadBytes",
    "DiskReadOps",
    "DiskWriteBytes",
    "Latency",
    "RequestCount",
    "HealthyHostCount",
    "UnhealthyHostCount",
    "TargetResponseTime",
)
NUMBER = Pattern(r"[0-9]{1,8}(\.[0-9]{1,8})?", "a number from 0 to 20000000")

# Key -> (default, rule).
OPTIONS: Mapping[Key, tuple[str, Rule]] = {
    (ASG, "MinSize"): ("1", Integer(1, 10000)),
    (ASG, "MaxSize"): ("4", Integer(1, 10000)),
    (ASG, "Cooldown"): ("360", Integer(0, 10000)),
    (TRIGGER, "MeasureName"): ("NetworkOut", Choice(MEASURES)),
    (TRIGGER, "Statistic"): ("Average", Choice(("Minimum", "Maximum", "Sum", "Average"))),
    (TRIGGER, "Unit"): ("Bytes", Pattern(r"[A-Za-z/]+", "a unit such as Percent or Count/Second")),
    (TRIGGER, "LowerThreshold"): ("2000000", NUMBER),
    (TRIGGER, "UpperThreshold"): ("6000000", NUMBER),
    (TRIGGER, "Period"): ("5", Integer(1, 600)),
    (TRIGGER, "EvaluationPeriods"): ("1", Integer(1, 600)),
    (TRIGGER, "BreachDuration"): ("5", Integer(1, 600)),
    (TRIGGER, "LowerBreachScaleIncrement"): ("-1", Integer(-10000, 0)),
    (TRIGGER, "UpperBreachScaleIncrement"): ("1", Integer(0, 10000)),
    (COMMAND, "DeploymentPolicy"): (
        "AllAtOnce",
        Choice(("AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting")),
    ),
    (COMMAND, "BatchSizeType"): ("Percentage", Choice(("Percentage", "Fixed"))),
    (COMMAND, "BatchSize"): ("100", Integer(1, 10000)),
    (COMMAND, "Timeout"): ("600", Integer(1, 3600)),
    (COMMAND, "IgnoreHealthCheck"): ("false", BOOLEAN),
    (COMMAND, "HealthCheckSuccessThreshold"): ("Ok", Choice(("Ok", "Warning", "Degraded", "Severe"))),
    (SPLITTING, "NewVersionPercent"): ("10", Integer(1, 100)),
    (SPLITTING, "EvaluationTime"): ("5", Integer(3, 600)),
    (UPDATE, "RollingUpdateEnabled"): ("false", BOOLEAN),
    (UPDATE, "RollingUpdateType"): ("Time", Choice(("Time", "Health", "Immutable"))),
    (UPDATE, "MaxBatchSize"): ("", Optional(Integer(1, 10000))),
    (UPDATE, "MinInstancesInService"): ("", Optional(Integer(0, 9999))),
    (UPDATE, "PauseTime"): ("", Optional(Duration(0, 3600))),
    (UPDATE, "Timeout"): ("PT30M", Duration(300, 3600)),
    (APPLICATION, "Application Healthcheck URL"): (
        "",
        Pattern(r"(|/\S*|(HTTPS?:\d{1,5})?/\S*|TCP:\d{1,5})", "a path such as /healthz/ or HTTPS:443/healthz/"),
    ),
    (PROCESS, "Port"): ("80", Choice(("80",))),
    (PROCESS, "Protocol"): ("HTTP", Choice(("HTTP",), unsupported=("HTTPS", "TCP"))),
    (PROCESS, "HealthCheckPath"): ("/", Pattern(r"/\S*", "a path that begins with /")),
    (PROCESS, "HealthCheckInterval"): ("15", Integer(5, 300)),
    (PROCESS, "HealthCheckTimeout"): ("5", Integer(2, 60)),
    (PROCESS, "HealthyThresholdCount"): ("3", Integer(2, 10)),
    (PROCESS, "UnhealthyThresholdCount"): ("5", Integer(2, 10)),
    (PROCESS, "MatcherHTTPCode"): ("200", HttpCodes()),
    (PROCESS, "DeregistrationDelay"): ("20", Integer(0, 3600)),
    (PROCESS, "StickinessEnabled"): ("false", BOOLEAN),
    (PROCESS, "StickinessLBCookieDuration"): ("86400", Integer(1, 604_800)),
    (PROCESS, "StickinessType"): ("lb_cookie", Choice(("lb_cookie",), unsupported=("app_cookie",))),
    (ENVIRONMENT, "EnvironmentType"): ("LoadBalanced", Choice(("LoadBalanced", "SingleInstance"))),
    (ENVIRONMENT, "LoadBalancerType"): ("classic", Choice(("classic", "application", "network"))),
    (ENVIRONMENT, "LoadBalancerIsShared"): ("false", Choice(("false",), unsupported=("true",))),
    (HEALTH, "SystemType"): ("basic", Choice(("basic", "enhanced"))),
}


@dataclass(frozen=True)
class Invalid:
    """An invalid option setting, or one that does not fit the others."""

    namespace: str
    name: str
    message: str
    """Elastic Beanstalk's text."""


def validation_errors(options: Mapping[Key, str]) -> list[Invalid]:
    """The errors in an environment's option settings, in Elastic Beanstalk's words."""
    errors = []
    for (namespace, name), value in sorted(options.items()):
        if not namespace.startswith("aws:"):
            option = f"(Namespace: '{namespace}', OptionName: '{name}')"
            text = f"Invalid option specification {option}: Unknown configuration setting."
            errors.append(Invalid(namespace, name, text))
        elif namespace in (VARIABLES, SECRETS) and not VARIABLE_NAME.fullmatch(name):
            errors.append(_invalid(namespace, name, value, "Name has characters that are not allowed"))
        elif namespace == SECRETS and not SECRET_ARN.fullmatch(value):
            kinds = "a secret of Secrets Manager or of a parameter of Parameter Store"
            errors.append(_invalid(namespace, name, value, f"Value is not the ARN of {kinds}"))
        elif (namespace, name) in OPTIONS and (reason := OPTIONS[namespace, name][1].reason(value)):
            errors.append(_invalid(namespace, name, value, reason))
    return errors or _combination_errors(options)


def _combination_errors(options: Mapping[Key, str]) -> list[Invalid]:
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
        text = f"Parameter 'EnvironmentVariables' default value '[****]' length is greater than {VARIABLES_MAX_BYTES}"
        errors.append(Invalid(VARIABLES, "EnvironmentVariables", text))
    return errors


def _value(options: Mapping[Key, str], namespace: str, name: str) -> str:
    return options.get((namespace, name), OPTIONS[namespace, name][0])


def _invalid(namespace: str, name: str, value: str, reason: str) -> Invalid:
    text = f"Invalid option value: '{value}' (Namespace: '{namespace}', OptionName: '{name}'): {reason}"
    return Invalid(namespace, name, text)
