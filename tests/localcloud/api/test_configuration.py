"""Descriptions and validation of option settings through boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from dockdj.localcloud.platform.option_rules import OPTIONS
from tests.localcloud.running import STACK, Server, option, with_environment

ASG = "autoscaling:asg"
VARIABLES = "elasticbeanstalk:application:environment"


@pytest.fixture(scope="module")
def options(shared: Server) -> Any:
    return with_environment(shared, "options", "v1", options=(option(VARIABLES, "COLOUR", "red"),))


def described(beanstalk: Any, **parameters: Any) -> dict[tuple[str, str], dict[str, Any]]:
    answer = beanstalk.describe_configuration_options(**parameters)
    return {(item["Namespace"], item["Name"]): item for item in answer["Options"]}


def test_every_option_with_an_effect_is_described_with_its_limits(options: Any) -> None:
    found = described(options, SolutionStackName=STACK)
    assert set(found) == set(OPTIONS)
    size = found["aws:autoscaling:asg", "MinSize"]
    assert (size["DefaultValue"], size["MinValue"], size["MaxValue"], size["UserDefined"]) == ("1", 1, 10000, False)
    kinds = found["aws:elasticbeanstalk:command", "BatchSizeType"]["ValueOptions"]
    assert kinds == ["Percentage", "Fixed"]
    assert found["aws:elasticbeanstalk:environment:process:default", "HealthCheckPath"]["Regex"]["Pattern"] == r"/\S*"


def test_options_of_an_environment_include_its_properties(options: Any) -> None:
    found = described(options, ApplicationName="options", EnvironmentName="options")
    assert found["aws:elasticbeanstalk:application:environment", "COLOUR"]["UserDefined"] is True
    assert options.describe_configuration_options(EnvironmentName="options")["SolutionStackName"] == STACK


def test_only_requested_options_are_described(options: Any) -> None:
    one = [{"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize"}]
    assert set(described(options, Options=one)) == {("aws:autoscaling:asg", "MinSize")}
    both = described(options, Options=[{"Namespace": "aws:autoscaling:asg"}])
    assert set(both) == {
        ("aws:autoscaling:asg", "MinSize"),
        ("aws:autoscaling:asg", "MaxSize"),
        ("aws:autoscaling:asg", "Cooldown"),
    }


def messages(beanstalk: Any, *settings: dict[str, str], **parameters: Any) -> list[tuple[str, str, str]]:
    answer = beanstalk.validate_configuration_settings(
        ApplicationName="options", OptionSettings=list(settings), **parameters
    )
    assert {message["Severity"] for message in answer["Messages"]} <= {"error"}
    return [(item["Namespace"], item["OptionName"], item["Message"]) for item in answer["Messages"]]


def test_valid_settings_have_no_messages(options: Any) -> None:
    assert messages(options, option(ASG, "MinSize", "2"), EnvironmentName="options") == []


def test_every_invalid_setting_has_a_message_and_changes_nothing(options: Any) -> None:
    found = messages(options, option(ASG, "MinSize", "many"), option(ASG, "MaxSize", "0"), EnvironmentName="options")
    assert [(namespace, name) for namespace, name, _ in found] == [
        ("aws:autoscaling:asg", "MaxSize"),
        ("aws:autoscaling:asg", "MinSize"),
    ]
    assert "not a valid integer" in found[1][2]
    (environment,) = options.describe_environments(EnvironmentNames=["options"])["Environments"]
    assert environment["Status"] == "Ready"


def test_settings_are_validated_together_with_those_that_exist(options: Any) -> None:
    options.create_configuration_template(
        ApplicationName="options",
        TemplateName="few",
        SolutionStackName=STACK,
        OptionSettings=[option(ASG, "MaxSize", "2")],
    )
    assert messages(options, option(ASG, "MinSize", "3"), EnvironmentName="options") == []
    ((_, _, text),) = messages(options, option(ASG, "MinSize", "3"), TemplateName="few")
    assert text.endswith("Value is greater than MaxSize: 2")


@pytest.mark.parametrize("call", ["validate_configuration_settings", "describe_configuration_settings"])
def test_a_template_and_an_environment_together_are_refused(options: Any, call: str) -> None:
    settings: dict[str, Any] = {"OptionSettings": []} if call.startswith("validate") else {}
    names = {"ApplicationName": "options", "EnvironmentName": "options", "TemplateName": "few"}
    with pytest.raises(ClientError) as refused:
        getattr(options, call)(**names, **settings)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterCombination"


def test_the_draft_of_an_environment_is_deleted_without_a_trace(options: Any) -> None:
    options.delete_environment_configuration(ApplicationName="options", EnvironmentName="options")
    with pytest.raises(ClientError):
        options.delete_environment_configuration(ApplicationName="options", EnvironmentName="nothing")
