"""The platform versions that the local cloud offers, and the filters of the calls that list them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dockdj.localcloud.api_error import invalid

TIERS = ["WebServer/Standard"]


@dataclass(frozen=True)
class PlatformVersion:
    """One platform version."""

    name: str
    branch: str
    version: str
    stack: str
    order: int

    def arn(self, region: str) -> str:
        """The ARN of the platform version; those of Amazon's own platforms name no account."""
        return f"arn:aws:elasticbeanstalk:{region}::platform/{self.branch}/{self.version}"


DOCKER = PlatformVersion(
    name="Docker",
    branch="Docker running on 64bit Amazon Linux 2023",
    version="4.6.0",
    stack="64bit Amazon Linux 2023 v4.6.0 running Docker",
    order=1,
)
ECS = PlatformVersion(
    name="ECS",
    branch="ECS running on 64bit Amazon Linux 2023",
    version="4.2.0",
    stack="64bit Amazon Linux 2023 v4.2.0 running ECS",
    order=2,
)
PLATFORMS = (DOCKER, ECS)


def named(parameters: Mapping[str, Any]) -> bool:
    """Tell if a request names a platform version."""
    return bool(parameters.get("SolutionStackName") or parameters.get("PlatformArn"))


def requested(parameters: Mapping[str, Any], region: str) -> PlatformVersion:
    """The platform version that a CreateEnvironment names. Raises ApiError if the local cloud does not have it."""
    if stack := parameters.get("SolutionStackName"):
        for platform in PLATFORMS:
            if platform.stack == stack:
                return platform
        raise invalid(f"No Solution Stack named '{stack}' found.")
    if arn := parameters.get("PlatformArn"):
        return of_arn(arn, region)
    raise invalid("Unable to determine base for template pack (no solution stack)")


def of_stack(stack: str) -> PlatformVersion:
    """The platform version of an environment's solution stack."""
    return next(platform for platform in PLATFORMS if platform.stack == stack)


def of_arn(arn: str, region: str) -> PlatformVersion:
    """The platform version with this ARN, in whatever region. Raises ApiError."""
    name = arn.partition("::platform/")[2]
    for platform in PLATFORMS:
        if name and platform.arn(region).partition("::platform/")[2] == name:
            return platform
    raise invalid(f"No Platform named '{arn}' found.")


def summary(platform: PlatformVersion, region: str) -> dict[str, Any]:
    """The PlatformSummary of a platform version."""
    return {
        "PlatformArn": platform.arn(region),
        "PlatformOwner": "AWSElasticBeanstalk",
        "PlatformStatus": "Ready",
        "PlatformCategory": platform.name,
        "OperatingSystemName": "Amazon Linux",
        "OperatingSystemVersion": "2023",
        "SupportedTierList": TIERS,
        "SupportedAddonList": ["Log/S3", "WorkerDaemon/SQSD"],
        "PlatformLifecycleState": "Recommended",
        "PlatformVersion": platform.version,
        "PlatformBranchName": platform.branch,
        "PlatformBranchLifecycleState": "Supported",
    }


def description(platform: PlatformVersion, region: str) -> dict[str, Any]:
    """The PlatformDescription of a platform version."""
    return {
        **summary(platform, region),
        "PlatformName": platform.branch,
        "SolutionStackName": platform.stack,
        "Description": f"{platform.branch}, as far as the local cloud supports it",
        "Maintainer": "dockdj local cloud",
    }


def branch_summary(platform: PlatformVersion) -> dict[str, Any]:
    """The PlatformBranchSummary of a platform version."""
    return {
        "PlatformName": platform.name,
        "BranchName": platform.branch,
        "LifecycleState": "Supported",
        "BranchOrder": platform.order,
        "SupportedTierList": TIERS,
    }


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) if re.fullmatch("[0-9]{1,9}", part) else 0 for part in version.split("."))


OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "=": str.__eq__,
    "in": str.__eq__,
    "!=": str.__ne__,
    "not_in": str.__ne__,
    "contains": str.__contains__,
    "begins_with": str.startswith,
    "ends_with": str.endswith,
    "<": lambda actual, value: _number(actual) < _number(value),
    "<=": lambda actual, value: _number(actual) <= _number(value),
    ">": lambda actual, value: _number(actual) > _number(value),
    ">=": lambda actual, value: _number(actual) >= _number(value),
}


def satisfies(attributes: Mapping[str, Any], attribute: str, operator: str, values: Sequence[str]) -> bool:
    """Return whether an item passes one filter. Raises ApiError for an unknown attribute or operator."""
    if attribute not in attributes:
        raise invalid(f"Invalid filter: '{attribute}' is not one of {', '.join(sorted(attributes))}.")
    actual = attributes[attribute]
    if isinstance(actual, list):
        return any(satisfies({attribute: value}, attribute, operator, values) for value in actual)
    if operator not in OPERATORS:
        raise invalid(f"Invalid filter: operator '{operator}'.")
    matches = OPERATORS[operator]
    return (all if operator in ("!=", "not_in") else any)(matches(actual, value) for value in values)


def version_attributes(platform: PlatformVersion, region: str) -> dict[str, Any]:
    """The attributes that ListPlatformVersions filters by (`Type` of its Filters)."""
    fields = summary(platform, region)
    return {
        "PlatformArn": fields["PlatformArn"],
        "PlatformName": platform.branch,
        "PlatformVersion": platform.version,
        "PlatformStatus": "Ready",
        "PlatformBranchName": platform.branch,
        "PlatformLifecycleState": "Recommended",
        "PlatformOwner": "AWSElasticBeanstalk",
        "SupportedTier": TIERS,
        "SupportedAddon": fields["SupportedAddonList"],
        "ProgrammingLanguageName": "",
        "OperatingSystemName": "Amazon Linux",
        "OperatingSystemVersion": "2023",
    }


def branch_attributes(platform: PlatformVersion) -> dict[str, Any]:
    """The attributes that ListPlatformBranches filters by (`Attribute` of its Filters)."""
    return {
        "BranchName": platform.branch,
        "LifecycleState": "Supported",
        "PlatformName": platform.name,
        "TierType": TIERS,
    }
