"""Actions on option settings: describe those of an environment or a saved configuration, and validate some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockdj.localcloud.api import saved_configurations
from dockdj.localcloud.api.environments import WEB_TIER
from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.environment_options import options_of
from dockdj.localcloud.platform import options
from dockdj.localcloud.platform.option_rules import ENVIRONMENT, OPTIONS, VARIABLES, Key, validation_errors
from dockdj.localcloud.platform.saved_configuration import SavedConfiguration
from dockdj.localcloud.platform.versions import PlatformVersion, of_stack, requested
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.tables import EnvironmentStatus

# Namespace -> the resource of the environment's stack that its options configure.
RESOURCES = {
    "aws:autoscaling:asg": "AWSEBAutoScalingGroup",
    "aws:autoscaling:launchconfiguration": "AWSEBAutoScalingLaunchConfiguration",
    "aws:autoscaling:updatepolicy:rollingupdate": "AWSEBAutoScalingGroup",
    "aws:elasticbeanstalk:environment:process:default": "AWSEBV2LoadBalancerTargetGroup",
    "aws:elb:healthcheck": "AWSEBLoadBalancer",
    "aws:elb:loadbalancer": "AWSEBLoadBalancer",
    "aws:elb:policies": "AWSEBLoadBalancer",
}


def describe(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeConfigurationSettings of an environment or a saved configuration."""
    parameters = call.parameters
    application = parameters["ApplicationName"]
    lookups.application(cloud.state, application)
    if name := parameters.get("TemplateName"):
        if "EnvironmentName" in parameters:
            raise _either()
        saved = saved_configurations.load(cloud, application, name)
        return {"ConfigurationSettings": [template_description(cloud, application, name, saved)]}
    environment = lookups.environment(cloud.state, parameters)
    return {
        "ConfigurationSettings": [
            {
                **_platform(cloud, of_stack(environment.stack)),
                "ApplicationName": environment.application,
                "Description": environment.description or None,
                "EnvironmentName": environment.name,
                "DeploymentStatus": "deployed" if environment.status == EnvironmentStatus.READY else "pending",
                "DateCreated": lookups.api_time(environment.created),
                "DateUpdated": lookups.api_time(environment.updated),
                "OptionSettings": _settings(options_of(cloud, environment)),
                "Tier": WEB_TIER,
            }
        ]
    }


def template_description(cloud: Cloud, application: str, name: str, saved: SavedConfiguration) -> dict[str, Any]:
    """The ConfigurationSettingsDescription of a saved configuration."""
    return {
        **_platform(cloud, saved.platform),
        "ApplicationName": application,
        "TemplateName": name,
        "Description": saved.description or None,
        "DateCreated": lookups.api_time(saved.created),
        "DateUpdated": lookups.api_time(saved.updated),
        "OptionSettings": _settings(saved.options),
        "Tier": WEB_TIER,
    }


def describe_options(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DescribeConfigurationOptions: those that have an effect here, and the environment properties that are set."""
    platform, current = _subject(cloud, call.parameters)
    wanted = {(item.get("Namespace"), item.get("OptionName")) for item in call.parameters.get("Options", ())}
    described = [_option(key, default, rule.restrictions) for key, (default, rule) in sorted(OPTIONS.items())]
    described += [
        {**_option(key, "", {}), "UserDefined": True, "ChangeSeverity": "RestartApplicationServer"}
        for key in sorted(current)
        if key[0] == VARIABLES
    ]
    chosen = [item for item in described if not wanted or _wanted(item, wanted)]
    return {**(_platform(cloud, platform) if platform else {}), "Options": chosen}


def validate(cloud: Cloud, call: Call) -> dict[str, Any]:
    """ValidateConfigurationSettings: a message for each error that these settings would cause."""
    parameters = call.parameters
    lookups.application(cloud.state, parameters["ApplicationName"])
    specified = saved_configurations.of_specification(cloud, parameters)
    _, current = _subject(cloud, parameters)
    base = {**current, **(specified.options if specified else {})}
    settings = options.changed(base, parameters.get("OptionSettings", ()))
    return {
        "Messages": [
            {
                "Message": error.message,
                "Severity": "error",
                "Namespace": error.namespace,
                "OptionName": error.name,
            }
            for error in validation_errors(settings)
        ]
    }


def delete_draft(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DeleteEnvironmentConfiguration. A draft exists only during an update here: a failed one restores the options."""
    lookups.environment(cloud.state, call.parameters)
    return {}


def _subject(cloud: Cloud, parameters: Mapping[str, Any]) -> tuple[PlatformVersion | None, Mapping[Key, str]]:
    """The platform and the options of the environment or the saved configuration that a request names, if any."""
    if "TemplateName" in parameters and "EnvironmentName" in parameters:
        raise _either()
    if "TemplateName" in parameters:
        saved = saved_configurations.load(cloud, parameters.get("ApplicationName", ""), parameters["TemplateName"])
        return saved.platform, saved.options
    if "EnvironmentName" in parameters:
        saved = saved_configurations.of_environment(cloud, parameters)
        return saved.platform, saved.options
    if {"SolutionStackName", "PlatformArn"} & set(parameters):
        return requested(parameters, cloud.settings.region), {}
    return None, {}


def _settings(current: Mapping[Key, str]) -> list[dict[str, str | None]]:
    """OptionSettings with defaults. Sorted, because `eb scale` uses the first match."""
    return [
        {"Namespace": namespace, "OptionName": name, "ResourceName": RESOURCES.get(namespace), "Value": value}
        for (namespace, name), value in options.effective(current).items()
    ]


def _platform(cloud: Cloud, platform: PlatformVersion) -> dict[str, str]:
    return {"SolutionStackName": platform.stack, "PlatformArn": platform.arn(cloud.settings.region)}


def _option(key: Key, default: str, restrictions: Mapping[str, object]) -> dict[str, Any]:
    namespace, name = key
    return {
        "Namespace": namespace,
        "Name": name,
        "DefaultValue": default,
        "ChangeSeverity": "RestartEnvironment" if namespace == ENVIRONMENT else "NoInterruption",
        "UserDefined": False,
        "ValueType": "Scalar",
        **restrictions,
    }


def _wanted(option: Mapping[str, Any], wanted: set[tuple[str | None, str | None]]) -> bool:
    """Tell if a request asks for an option: by namespace and name, or by its namespace alone."""
    return bool({(option["Namespace"], option["Name"]), (option["Namespace"], None)} & wanted)


def _either() -> ApiError:
    return ApiError("InvalidParameterCombination", "Specify TemplateName or EnvironmentName, not both.")
