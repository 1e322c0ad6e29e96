"""The action that describes the account: its quotas."""

from __future__ import annotations

from typing import Any

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.cloud import Call, Cloud

VERSIONS_MAX = 1000
"""Application versions in an account and region, the only default quota that the developer guide names."""


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeAccountAttributes."""
    return {"ResourceQuotas": {"ApplicationVersionQuota": {"Maximum": VERSIONS_MAX}}}


def require_room_for_a_version(cloud: Cloud) -> None:
    """Raise ApiError if the account has as many application versions as it can have."""
    row = cloud.state.row("SELECT count(*) AS number FROM versions")
    if row and row["number"] >= VERSIONS_MAX:
        raise ApiError("TooManyApplicationVersionsException", f"You cannot have more than {VERSIONS_MAX} versions.")
