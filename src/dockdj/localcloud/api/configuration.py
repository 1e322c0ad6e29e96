"""The action that describes an environment's effective option settings."""

from __future__ import annotations

from typing import Any

from dockdj.localcloud.api.environments import WEB_TIER
from dockdj.localcloud.api_error import invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.platform import options
from dockdj.localcloud.platform.versions import of_stack
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.tables import EnvironmentStatus


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeConfigurationSettings of an environment. Sorted, because `eb scale` uses the first match."""
    lookups.application(cloud.state, call.parameters["ApplicationName"])
    if "TemplateName" in call.parameters:
        raise invalid(f"No Configuration Template named '{call.parameters['TemplateName']}' found.")
    environment = lookups.environment(cloud.state, call.parameters)
    settings = options.effective(cloud.state.options(environment.id))
    return {
        "ConfigurationSettings": [
            {
                "SolutionStackName": environment.stack,
                "PlatformArn": of_stack(environment.stack).arn(cloud.settings.region),
                "ApplicationName": environment.application,
                "Description": environment.description or None,
                "EnvironmentName": environment.name,
                "DeploymentStatus": "deployed" if environment.status == EnvironmentStatus.READY else "pending",
                "DateCreated": lookups.api_time(environment.created),
                "DateUpdated": lookups.api_time(environment.updated),
                "OptionSettings": [
                    {"Namespace": namespace, "OptionName": name, "Value": value}
                    for (namespace, name), value in settings.items()
                ],
                "Tier": WEB_TIER,
            }
        ]
    }
