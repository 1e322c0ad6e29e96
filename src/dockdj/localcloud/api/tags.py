"""Actions on tags, and the tags that a resource is created with.

Rules: "Tagging Elastic Beanstalk application resources" in the developer guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dockdj.localcloud.api import resources
from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import Severity
from dockdj.localcloud.state import lookups, transitions
from dockdj.localcloud.state.tables import Environment
from dockdj.localcloud.state.tags import set_tags, tags_of
from dockdj.localcloud.state.transitions import Change

TAGS_MAX = 50
KEY = re.compile(r"[\w\s_.:/=+@-]{1,128}")
RESERVED = ("aws:", "elasticbeanstalk:")
UPDATED = "Environment tag update completed successfully."


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """ListTagsForResource. An environment has three tags of Elastic Beanstalk's own."""
    arn = call.parameters["ResourceArn"]
    environment = resources.find(cloud, arn)
    tags = {**tags_of(cloud.state, arn), **(own(environment) if environment else {})}
    return {"ResourceArn": arn, "ResourceTags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}


def update(cloud: Cloud, call: Call) -> dict[str, Any]:
    """UpdateTagsForResource. An environment must be Ready."""
    arn, parameters = call.parameters["ResourceArn"], call.parameters
    added, removed = given(parameters, "TagsToAdd"), parameters.get("TagsToRemove", ())
    if both := sorted(set(added) & set(removed)):
        raise invalid(f"The tag keys {both} are to be added and to be removed.")
    with cloud.state.transaction():
        environment = resources.find(cloud, arn)
        if environment:
            transitions.require(environment, Change.UPDATE)
        tags = {key: value for key, value in {**tags_of(cloud.state, arn), **added}.items() if key not in removed}
        _require_few(tags)
        set_tags(cloud.state, arn, tags)
        if environment:
            cloud.state.emit(lookups.subject(environment), call.request_id, Severity.INFO, UPDATED)
    return {}


def given(parameters: Mapping[str, Any], member: str = "Tags") -> dict[str, str]:
    """The tags of a request. Raises ApiError."""
    tags: dict[str, str] = {}
    for tag in parameters.get(member, ()):
        key, value = tag.get("Key", ""), tag.get("Value", "")
        if not KEY.fullmatch(key) or key.lower().startswith(RESERVED):
            raise invalid(f"The tag key '{key}' is not allowed.")
        if key in tags:
            raise invalid(f"The tag key '{key}' is given twice.")
        tags[key] = value
    _require_few(tags)
    return tags


def replace(cloud: Cloud, resource: str, tags: Mapping[str, str]) -> None:
    """Give a new resource its tags, or none to one that is deleted. `resource` is the end of its ARN."""
    set_tags(cloud.state, f"{cloud.settings.arn}:{resource}", tags)


def own(environment: Environment) -> dict[str, str]:
    """The tags that Elastic Beanstalk gives every environment."""
    return {
        "Name": environment.name,
        "elasticbeanstalk:environment-name": environment.name,
        "elasticbeanstalk:environment-id": environment.id,
    }


def _require_few(tags: Mapping[str, str]) -> None:
    if len(tags) > TAGS_MAX:
        raise ApiError("TooManyTagsException", f"The number of tags in the resource would exceed {TAGS_MAX}.")
