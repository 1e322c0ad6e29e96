"""The action that describes an environment's effective option settings."""

from __future__ import annotations

from typing import Any

from dockdj.localcloud.api.environments import WEB_TIER
from dockdj.localcloud.api_error import invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.platform import options
from dockdj.localcloud.platform.versions import of_stack
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.status import EnvironmentStatus


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeConfigurationSettings of an environment. Sorted, because `eb scale` uses the first match."""
    lookups.application(cloud.state, call.parameters["ApplicationName"])
    if "TemplateName" in call.parameters:
        raise invalid(f"No Configuration Template named '{call.parameters['TemplateName']}' found.")
    row = lookups.environment(cloud.state, call.parameters)
    settings = options.effective(cloud.state.options(row["id"]))
    return {
        "ConfigurationSettings": [
            {
                "SolutionStackName": row["stack"],
                "PlatformArn": of_stack(row["stack"]).arn(cloud.settings.region),
                "ApplicationName": row["application"],
                "Description": row["description"] or None,
                "EnvironmentName": row["name"],
                "DeploymentStatus": "deployed" if row["status"] == EnvironmentStatus.READY else "pending",
                "DateCreated": lookups.api_time(row["created"]),
                "DateUpdated": lookups.api_time(row["updated"]),
                "OptionSettings": [
                    {"Namespace": namespace, "OptionName": name, "Value": value}
                    for (namespace, name), value in settings.items()
                ],
                "Tier": WEB_TIER,
            }
        ]
    }
