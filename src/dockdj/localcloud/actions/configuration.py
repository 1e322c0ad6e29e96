"""Option settings, as they are in effect."""

from __future__ import annotations

from typing import Any

from dockdj.localcloud import options, records
from dockdj.localcloud.actions.environments import WEB_TIER
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.platforms import of_stack
from dockdj.localcloud.refusal import invalid


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeConfigurationSettings of an environment: sorted, because `eb scale` takes the first option it wants."""
    records.application(cloud.state, call.given["ApplicationName"])
    if "TemplateName" in call.given:
        raise invalid(f"No Configuration Template named '{call.given['TemplateName']}' found.")
    row = records.environment(cloud.state, call.given)
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
                "DateCreated": records.moment(row["created"]),
                "DateUpdated": records.moment(row["updated"]),
                "OptionSettings": [
                    {"Namespace": namespace, "OptionName": name, "Value": value}
                    for (namespace, name), value in settings.items()
                ],
                "Tier": WEB_TIER,
            }
        ]
    }
