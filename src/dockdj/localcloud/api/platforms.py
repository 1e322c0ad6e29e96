"""Which platforms there are."""

from __future__ import annotations

from typing import Any

from dockdj.localcloud.api.pages import page
from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.platform.platforms import (
    PLATFORMS,
    branch_facts,
    branch_summary,
    description,
    of_arn,
    satisfies,
    summary,
    version_facts,
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
    filters = [(one["Attribute"], one["Operator"], one["Values"]) for one in call.given.get("Filters", ())]
    found = [platform for platform in PLATFORMS if all(satisfies(branch_facts(platform), *one) for one in filters)]
    shown, token = page(found, call.given)
    return {"PlatformBranchSummaryList": [branch_summary(platform) for platform in shown], "NextToken": token}


def list_versions(cloud: Cloud, call: Call) -> dict[str, Any]:
    """ListPlatformVersions."""
    region = cloud.settings.region
    filters = [(one["Type"], one["Operator"], one["Values"]) for one in call.given.get("Filters", ())]
    found = [
        platform for platform in PLATFORMS if all(satisfies(version_facts(platform, region), *one) for one in filters)
    ]
    shown, token = page(found, call.given)
    return {"PlatformSummaryList": [summary(platform, region) for platform in shown], "NextToken": token}


def describe_version(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribePlatformVersion."""
    if "PlatformArn" not in call.given:
        raise ApiError("MissingParameter", "You must specify PlatformArn.")
    region = cloud.settings.region
    return {"PlatformDescription": description(of_arn(call.given["PlatformArn"], region), region)}
