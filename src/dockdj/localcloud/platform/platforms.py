"""The platforms that the local cloud offers, and the filters of the calls that list them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dockdj.localcloud.api_error import invalid

TIERS = ["WebServer/Standard"]


@dataclass(frozen=True)
class Platform:
    """One platform version."""

    name: str
    branch: str
    version: str
    stack: str
    order: int

    def arn(self, region: str) -> str:
        """The platform's address; Amazon's own platforms have no account in theirs."""
        return f"arn:aws:elasticbeanstalk:{region}::platform/{self.branch}/{self.version}"


DOCKER = Platform(
    name="Docker",
    branch="Docker running on 64bit Amazon Linux 2023",
    version="4.6.0",
    stack="64bit Amazon Linux 2023 v4.6.0 running Docker",
    order=1,
)
ECS = Platform(
    name="ECS",
    branch="ECS running on 64bit Amazon Linux 2023",
    version="4.2.0",
    stack="64bit Amazon Linux 2023 v4.2.0 running ECS",
    order=2,
)
PLATFORMS = (DOCKER, ECS)


def requested(given: Mapping[str, Any], region: str) -> Platform:
    """The platform that a CreateEnvironment asks for. Raises ApiError for one that is not offered here."""
    if stack := given.get("SolutionStackName"):
        found = [platform for platform in PLATFORMS if platform.stack == stack]
        if not found:
            raise invalid(f"No Solution Stack named '{stack}' found.")
        return found[0]
    if arn := given.get("PlatformArn"):
        return of_arn(arn, region)
    raise invalid("Unable to determine base for template pack (no solution stack)")


def of_stack(stack: str) -> Platform:
    """The platform whose solution stack has this name; there is one, because it was requested once."""
    return next(platform for platform in PLATFORMS if platform.stack == stack)


def of_arn(arn: str, region: str) -> Platform:
    """The platform at this address; the region in it does not matter here. Raises ApiError."""
    wanted = arn.partition("::platform/")[2]
    for platform in PLATFORMS:
        if wanted and platform.arn(region).partition("::platform/")[2] == wanted:
            return platform
    raise invalid(f"No Platform named '{arn}' found.")


def summary(platform: Platform, region: str) -> dict[str, Any]:
    """A platform as ListPlatformVersions shows it."""
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


def description(platform: Platform, region: str) -> dict[str, Any]:
    """A platform as DescribePlatformVersion shows it."""
    return {
        **summary(platform, region),
        "PlatformName": platform.branch,
        "SolutionStackName": platform.stack,
        "Description": f"{platform.branch}, as far as the local cloud goes",
        "Maintainer": "dockdj local cloud",
    }


def branch_summary(platform: Platform) -> dict[str, Any]:
    """A platform branch as ListPlatformBranches shows it."""
    return {
        "PlatformName": platform.name,
        "BranchName": platform.branch,
        "LifecycleState": "Supported",
        "BranchOrder": platform.order,
        "SupportedTierList": TIERS,
    }


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


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


def satisfies(facts: Mapping[str, Any], attribute: str, operator: str, values: Sequence[str]) -> bool:
    """Whether one filter lets an item through. Raises ApiError for an attribute or operator that there is not."""
    if attribute not in facts:
        raise invalid(f"Invalid filter: '{attribute}' is not one of {', '.join(sorted(facts))}.")
    actual = facts[attribute]
    if isinstance(actual, list):
        return any(satisfies({attribute: one}, attribute, operator, values) for one in actual)
    if operator not in OPERATORS:
        raise invalid(f"Invalid filter: operator '{operator}'.")
    matches = OPERATORS[operator]
    return (all if operator in ("!=", "not_in") else any)(matches(actual, value) for value in values)


def version_facts(platform: Platform, region: str) -> dict[str, Any]:
    """What ListPlatformVersions can filter by: its Filters' `Type`."""
    shown = summary(platform, region)
    return {
        "PlatformArn": shown["PlatformArn"],
        "PlatformName": platform.branch,
        "PlatformVersion": platform.version,
        "PlatformStatus": "Ready",
        "PlatformBranchName": platform.branch,
        "PlatformLifecycleState": "Recommended",
        "PlatformOwner": "AWSElasticBeanstalk",
        "SupportedTier": TIERS,
        "SupportedAddon": shown["SupportedAddonList"],
        "ProgrammingLanguageName": "",
        "OperatingSystemName": "Amazon Linux",
        "OperatingSystemVersion": "2023",
    }


def branch_facts(platform: Platform) -> dict[str, Any]:
    """What ListPlatformBranches can filter by: its Filters' `Attribute`."""
    return {
        "BranchName": platform.branch,
        "LifecycleState": "Supported",
        "PlatformName": platform.name,
        "TierType": TIERS,
    }
