"""Option settings, as they are in effect."""

from __future__ import annotations

from typing import Any

from dockdj.localcloud.api.environments import WEB_TIER
from dockdj.localcloud.api_error import invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.platform import options
from dockdj.localcloud.platform.platforms import of_stack
from dockdj.localcloud.state import lookups


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeConfigurationSettings of an environment: sorted, because `eb scale` takes the first option it wants."""
    lookups.application(cloud.state, call.given["ApplicationName"])
    if "TemplateName" in call.given:
        raise invalid(f"No Configuration Template named '{call.given['TemplateName']}' found.")
    row = lookups.environment(cloud.state, call.given)
    settings = options.effective(cloud.state.options(row["id"]))
    return {
        "ConfigurationSettings": [
            {
                "SolutionStackName": row["stack"],
                "PlatformArn": of_stack(row["stack"]).arn(cloud.settings.region),
                "ApplicationName": row["application"],
                "Description": row["description"] or None,
                "EnvironmentName": row["name"],
                "DeploymentStatus": "deployed" if row["status"] == "Ready" else "pending",
                "DateCreated": lookups.moment(row["created"]),
                "DateUpdated": lookups.moment(row["updated"]),
                "OptionSettings": [
                    {"Namespace": namespace, "OptionName": name, "Value": value}
                    for (namespace, name), value in settings.items()
                ],
                "Tier": WEB_TIER,
            }
        ]
    }
