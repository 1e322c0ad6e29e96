"""The platform versions that the local cloud offers, and the filters of the calls that list them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dockdj.localcloud.api_error import invalid

TIERS = ["WebServer/Standard"]
RECOMMENDED = "Recommended"


@dataclass(frozen=True)
class PlatformVersion:
    """One platform version."""

    name: str
    branch: str
    version: str
    stack: str
    order: int
    recommended: bool
    """The newest version of its branch. Others have no lifecycle state."""

    def arn(self, region: str) -> str:
        """The ARN of the platform version; those of Amazon's own platforms name no account."""
        return f"arn:aws:elasticbeanstalk:{region}::platform/{self.branch}/{self.version}"


def _version(name: str, version: str, *, order: int, recommended: bool) -> PlatformVersion:
    return PlatformVersion(
        name=name,
        branch=f"{name} running on 64bit Amazon Linux 2023",
        version=version,
        stack=f"64bit Amazon Linux 2023 v{version} running {name}",
        order=order,
        recommended=recommended,
    )


DOCKER = _version("Docker", "4.6.0", order=1, recommended=True)
ECS = _version("ECS", "4.2.0", order=2, recommended=True)
EARLIER_DOCKER = _version("Docker", "4.5.2", order=1, recommended=False)
EARLIER_ECS = _version("ECS", "4.0.9", order=2, recommended=False)
PLATFORMS = (DOCKER, ECS, EARLIER_DOCKER, EARLIER_ECS)
"""The newest version of each branch first."""


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


def branches() -> tuple[PlatformVersion, ...]:
    """The newest platform version of each branch."""
    return tuple(platform for platform in PLATFORMS if platform.recommended)


def require_same_branch(platform: PlatformVersion, stack: str) -> None:
    """Raise ApiError unless an environment with this solution stack can be updated to a platform version."""
    current = of_stack(stack)
    if platform.branch != current.branch:
        raise invalid(f"An environment on the platform branch '{current.branch}' cannot change to '{platform.branch}'.")


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
        **({"PlatformLifecycleState": RECOMMENDED} if platform.recommended else {}),
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
        "PlatformLifecycleState": RECOMMENDED if platform.recommended else "",
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
