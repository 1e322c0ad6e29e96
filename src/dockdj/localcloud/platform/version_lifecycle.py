"""Which application versions a lifecycle deletes after a new version was created.

Source: "Configuring application version lifecycle settings" in the developer guide. The new version does not count, at
most a hundred are deleted at once, and a version that is in use stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.state.tables import Version

DEFAULT: Mapping[str, Any] = {
    "VersionLifecycleConfig": {
        "MaxCountRule": {"Enabled": False, "MaxCount": 200, "DeleteSourceFromS3": False},
        "MaxAgeRule": {"Enabled": False, "MaxAgeInDays": 180, "DeleteSourceFromS3": False},
    }
}
RULES = {"MaxCountRule": "MaxCount", "MaxAgeRule": "MaxAgeInDays"}
DELETED_AT_ONCE = 100
DAY_SECONDS = 86_400


def of_text(text: str) -> dict[str, Any]:
    """The ResourceLifecycleConfig that is stored as JSON; the default for an empty text."""
    config: dict[str, Any] = json.loads(text or json.dumps(DEFAULT))
    return config


def changed(former: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration after a change. Rules that are not given stay. Raises ApiError."""
    role = given.get("ServiceRole") or former.get("ServiceRole")
    rules = {**former["VersionLifecycleConfig"], **given.get("VersionLifecycleConfig", {})}
    for name, limit in RULES.items():
        rules[name] = {**DEFAULT["VersionLifecycleConfig"][name], **rules[name]}
        if rules[name][limit] < 1:
            raise invalid(f"{limit} must be at least 1.")
    enabled = [name for name in RULES if rules[name]["Enabled"]]
    if len(enabled) > 1:
        raise ApiError("InvalidParameterCombination", "Only one of MaxCountRule and MaxAgeRule can be enabled.")
    if enabled and not role:
        raise ApiError("MissingParameter", "ServiceRole is required to enable a version lifecycle rule.")
    return {**({"ServiceRole": role} if role else {}), "VersionLifecycleConfig": rules}


def surplus(
    config: Mapping[str, Any], versions: Sequence[Version], created: str, used: frozenset[str], now: float
) -> tuple[list[Version], bool]:
    """The versions that go, oldest first, and whether their bundles in S3 go with them.

    `versions` are all of an application, newest first, `created` is the label of the new one, and `used` are the labels
    that environments need.
    """
    rules = config["VersionLifecycleConfig"]
    others = [version for version in versions if version.label != created]
    if (count := rules["MaxCountRule"])["Enabled"]:
        old, rule = others[count["MaxCount"] :], count
    elif (age := rules["MaxAgeRule"])["Enabled"]:
        oldest = now - age["MaxAgeInDays"] * DAY_SECONDS
        old, rule = [version for version in others if version.created < oldest], age
    else:
        return [], False
    unused = [version for version in reversed(old) if version.label not in used]
    return unused[:DELETED_AT_ONCE], bool(rule.get("DeleteSourceFromS3"))
