"""Saved configurations through boto3, S3, and the member that only Amazon's `eb` sends."""

from typing import Any

import pytest

from tests.localcloud import raw
from tests.localcloud.running import STACK, Server, option, ready, refusal, with_environment

ASG = "autoscaling:asg"
VARIABLES = "elasticbeanstalk:application:environment"
BUCKET = "elasticbeanstalk-us-east-1-123456789012"
ECS_STACK = "64bit Amazon Linux 2023 v4.2.0 running ECS"


@pytest.fixture(scope="module")
def plans(shared: Server) -> Any:
    """The application `plans` with an environment of two instances and a variable."""
    options = (option(ASG, "MinSize", "2"), option(VARIABLES, "COLOUR", "red"))
    return with_environment(shared, "plans", "v1", options=options)


def settings(described: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(item["Namespace"], item["OptionName"]): item["Value"] for item in described["OptionSettings"]}


def saved(beanstalk: Any, name: str) -> dict[tuple[str, str], str]:
    described = beanstalk.describe_configuration_settings(ApplicationName="plans", TemplateName=name)
    return settings(described["ConfigurationSettings"][0])


def test_a_saved_configuration_has_the_options_of_its_environment(plans: Any) -> None:
    environment = ready(plans, "plans")["EnvironmentId"]
    created = plans.create_configuration_template(
        ApplicationName="plans", TemplateName="copy", EnvironmentId=environment, Description="as it is"
    )
    assert (created["TemplateName"], created["Description"], created["SolutionStackName"]) == (
        "copy",
        "as it is",
        STACK,
    )
    assert settings(created) == saved(plans, "copy")
    assert saved(plans, "copy")["aws:autoscaling:asg", "MinSize"] == "2"
    assert saved(plans, "copy")["aws:elasticbeanstalk:application:environment", "COLOUR"] == "red"
    (application,) = plans.describe_applications(ApplicationNames=["plans"])["Applications"]
    assert "copy" in application["ConfigurationTemplates"]
    assert refusal(
        plans.create_configuration_template, ApplicationName="plans", TemplateName="copy", EnvironmentId=environment
    ).message == ("Configuration Template copy already exists.")


def test_own_settings_come_before_those_of_the_source(plans: Any) -> None:
    plans.create_configuration_template(
        ApplicationName="plans",
        TemplateName="base",
        SolutionStackName=STACK,
        OptionSettings=[option(ASG, "MinSize", "3"), option(VARIABLES, "COLOUR", "blue")],
    )
    plans.create_configuration_template(
        ApplicationName="plans",
        TemplateName="derived",
        SourceConfiguration={"ApplicationName": "plans", "TemplateName": "base"},
        OptionSettings=[option(VARIABLES, "COLOUR", "green")],
    )
    assert saved(plans, "derived")["aws:autoscaling:asg", "MinSize"] == "3"
    assert saved(plans, "derived")["aws:elasticbeanstalk:application:environment", "COLOUR"] == "green"
    plans.update_configuration_template(
        ApplicationName="plans",
        TemplateName="derived",
        Description="changed",
        OptionSettings=[option(ASG, "MaxSize", "9")],
        OptionsToRemove=[{"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize"}],
    )
    assert saved(plans, "derived")["aws:autoscaling:asg", "MaxSize"] == "9"
    assert saved(plans, "derived")["aws:autoscaling:asg", "MinSize"] == "1"
    plans.delete_configuration_template(ApplicationName="plans", TemplateName="derived")
    assert (
        refusal(plans.describe_configuration_settings, ApplicationName="plans", TemplateName="derived").message
        == "No Configuration Template named 'derived' found."
    )


def test_the_file_in_s3_is_the_saved_configuration(shared: Server, plans: Any) -> None:
    plans.create_configuration_template(ApplicationName="plans", TemplateName="filed", SolutionStackName=STACK)
    storage, key = shared.boto("s3"), "resources/templates/plans/filed"
    text = storage.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    assert "AWSConfigurationTemplateVersion" in text
    storage.put_object(
        Bucket=BUCKET,
        Key=key,
        Body=text.replace("OptionSettings: {}", 'OptionSettings: {"aws:autoscaling:asg": {MinSize: 4}}').encode(),
    )
    assert saved(plans, "filed")["aws:autoscaling:asg", "MinSize"] == "4"
    storage.put_object(Bucket=BUCKET, Key=key, Body=b"a: [")
    assert (
        "cannot be read"
        in refusal(plans.describe_configuration_settings, ApplicationName="plans", TemplateName="filed").message
    )
    storage.delete_object(Bucket=BUCKET, Key=key)
    (application,) = plans.describe_applications(ApplicationNames=["plans"])["Applications"]
    assert "filed" not in application["ConfigurationTemplates"]


def test_environments_begin_with_a_saved_configuration_and_are_updated_to_one(shared: Server, plans: Any) -> None:
    plans.create_configuration_template(
        ApplicationName="plans",
        TemplateName="wide",
        SolutionStackName=STACK,
        OptionSettings=[option(ASG, "MinSize", "3"), option(VARIABLES, "COLOUR", "blue")],
    )
    plans.create_environment(
        ApplicationName="plans",
        EnvironmentName="planned",
        VersionLabel="v1",
        TemplateName="wide",
        OptionSettings=[option(VARIABLES, "COLOUR", "white")],
    )
    assert ready(plans, "planned")["SolutionStackName"] == STACK
    assert of_environment(plans, "planned")["aws:autoscaling:asg", "MinSize"] == "3"
    assert of_environment(plans, "planned")["aws:elasticbeanstalk:application:environment", "COLOUR"] == "white"
    plans.update_environment(EnvironmentName="planned", TemplateName="wide")
    ready(plans, "planned")
    assert of_environment(plans, "planned")["aws:elasticbeanstalk:application:environment", "COLOUR"] == "blue"
    plans.create_configuration_template(ApplicationName="plans", TemplateName="ecs", SolutionStackName=ECS_STACK)
    refused = refusal(plans.update_environment, EnvironmentName="planned", TemplateName="ecs").message
    assert "cannot change to 'ECS running on 64bit Amazon Linux 2023'" in refused
    both = {"EnvironmentName": "planned", "TemplateName": "wide", "VersionLabel": "v1"}
    assert "in one call" in refusal(plans.update_environment, **both).message


def of_environment(beanstalk: Any, name: str) -> dict[tuple[str, str], str]:
    described = beanstalk.describe_configuration_settings(ApplicationName="plans", EnvironmentName=name)
    return settings(described["ConfigurationSettings"][0])


def test_eb_clones_an_environment_by_the_member_of_its_own_model(shared: Server, plans: Any) -> None:
    form = {
        "Action": "CreateEnvironment",
        "ApplicationName": "plans",
        "EnvironmentName": "cloned",
        "TemplateSpecification.TemplateSource.EnvironmentName": "plans",
    }
    assert raw.query(shared.settings, form).status == 200
    assert ready(plans, "cloned")["SolutionStackName"] == STACK
    assert of_environment(plans, "cloned")["aws:autoscaling:asg", "MinSize"] == "2"
    snippets = {**form, "TemplateSpecification.TemplateSnippets.member.1.SnippetName": "RdsExtensionEB"}
    assert raw.query(shared.settings, {**snippets, "EnvironmentName": "other"}).code == "InvalidParameterCombination"


def test_eb_validates_a_saved_configuration_without_settings(shared: Server, plans: Any) -> None:
    plans.create_configuration_template(ApplicationName="plans", TemplateName="checked", SolutionStackName=STACK)
    form = {"Action": "ValidateConfigurationSettings", "ApplicationName": "plans", "TemplateName": "checked"}
    answer = raw.query(shared.settings, form)
    assert (answer.status, b"<Messages" in answer.body) == (200, True)


@pytest.mark.parametrize(
    ("parameters", "part"),
    [
        ({"ApplicationName": "nothing", "SolutionStackName": STACK}, "No Application named 'nothing' found."),
        ({}, "Unable to determine base for template pack"),
        ({"EnvironmentId": "e-nothing"}, "No Environment found"),
        ({"SourceConfiguration": {"TemplateName": "nothing"}}, "No Configuration Template named 'nothing' found."),
        ({"EnvironmentId": "e-a", "SourceConfiguration": {"TemplateName": "b"}}, "Specify only one of"),
        ({"SolutionStackName": STACK, "TemplateName": "a/b"}, "must not contain '/'"),
        ({"SolutionStackName": STACK, "OptionSettings": [option(ASG, "MinSize", "x")]}, "not a valid integer"),
    ],
)
def test_impossible_saved_configurations_are_refused(plans: Any, parameters: dict[str, Any], part: str) -> None:
    whole = {"ApplicationName": "plans", "TemplateName": "impossible", **parameters}
    assert part in refusal(plans.create_configuration_template, **whole).message
    (application,) = plans.describe_applications(ApplicationNames=["plans"])["Applications"]
    assert "impossible" not in application["ConfigurationTemplates"]
