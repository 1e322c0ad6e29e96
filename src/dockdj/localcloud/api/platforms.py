"""Actions that list platforms."""

from __future__ import annotations

from typing import Any

from dockdj.localcloud.api.pages import page
from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.platform.versions import (
    PLATFORMS,
    branch_attributes,
    branch_summary,
    branches,
    description,
    of_arn,
    satisfies,
    summary,
    version_attributes,
)


def list_stacks(cloud: Cloud, call: Call) -> dict[str, Any]:
    """ListAvailableSolutionStacks."""
    return {
        "SolutionStacks": [platform.stack for platform in PLATFORMS],
        "SolutionStackDetails": [
            {"SolutionStackName": platform.stack, "PermittedFileTypes": ["zip"]} for platform in PLATFORMS
        ],
    }


def list_branches(cloud: Cloud, call: Call) -> dict[str, Any]:
    """ListPlatformBranches."""
    filters = _filters(call, "Attribute")
    matching = [
        platform for platform in branches() if all(satisfies(branch_attributes(platform), *terms) for terms in filters)
    ]
    requested = page(matching, call.parameters)
    return {
        "PlatformBranchSummaryList": [branch_summary(platform) for platform in requested.items],
        "NextToken": requested.next_token,
    }


def list_versions(cloud: Cloud, call: Call) -> dict[str, Any]:
    """ListPlatformVersions."""
    region = cloud.settings.region
    filters = _filters(call, "Type")
    versions = [
        platform
        for platform in PLATFORMS
        if all(satisfies(version_attributes(platform, region), *terms) for terms in filters)
    ]
    requested = page(versions, call.parameters)
    return {
        "PlatformSummaryList": [summary(platform, region) for platform in requested.items],
        "NextToken": requested.next_token,
    }


def describe_version(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribePlatformVersion."""
    if "PlatformArn" not in call.parameters:
        raise ApiError("MissingParameter", "You must specify PlatformArn.")
    region = cloud.settings.region
    return {"PlatformDescription": description(of_arn(call.parameters["PlatformArn"], region), region)}


def _filters(call: Call, subject: str) -> list[tuple[str, str, list[str]]]:
    """The attribute, operator and values of each filter. Raises ApiError if a filter lacks one of them."""
    filters = call.parameters.get("Filters", ())
    for item in filters:
        for member in (subject, "Operator", "Values"):
            if not item.get(member):
                raise invalid(f"Invalid filter: {member} is missing.")
    return [(item[subject], item["Operator"], item["Values"]) for item in filters]
