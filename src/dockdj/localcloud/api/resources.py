"""The resources that can have tags, found by their ARNs."""

from __future__ import annotations

from contextlib import suppress

from dockdj.localcloud.api import saved_configurations
from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.tables import Environment


def find(cloud: Cloud, arn: str) -> Environment | None:
    """The environment that an ARN names, or None for another resource. Raises ApiError if nothing has this ARN."""
    prefix, _, rest = arn.rpartition(":")
    kind, *names = rest.split("/") if prefix == cloud.settings.arn else ("",)
    with suppress(ApiError):
        match kind, names:
            case "application", [name]:
                lookups.application(cloud.state, name)
                return None
            case "applicationversion", [application, label]:
                lookups.version(cloud.state, application, label)
                return None
            case "environment", [application, name]:
                return lookups.environment(cloud.state, {"ApplicationName": application, "EnvironmentName": name})
            case "configurationtemplate", [application, name]:
                saved_configurations.load(cloud, application, name)
                return None
    raise ApiError("ResourceNotFoundException", f"Resource not found for arn = '{arn}'.")
