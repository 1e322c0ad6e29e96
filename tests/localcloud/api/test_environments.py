"""Applications, versions and environments as boto3 sees them, with Elastic Beanstalk's own words of refusal."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.running import (
    ENHANCED,
    STACK,
    Server,
    described,
    messages,
    option,
    ready,
    with_environment,
    with_versions,
)
from tests.support.eventually import eventually

ASG = "autoscaling:asg"
VARIABLES = "elasticbeanstalk:application:environment"


@pytest.fixture(scope="module")
def shop(shared: Server) -> Iterator[Any]:
    """The application `shop` with v1, v2 and bad, and its environment `shop`, which runs v1."""
    yield with_environment(shared, "shop", "v1", "v2", "bad", options=(option(ASG, "MinSize", "2"),))


def refused(call: Any, **given: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**given)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


def test_an_application_has_what_eb_looks_for(shop: Any) -> None:
    (found,) = shop.describe_applications(ApplicationNames=["shop"])["Applications"]
    assert found["ApplicationArn"].endswith(":application/shop")
    assert set(found["Versions"]) >= {"v1", "v2"}
    assert found["ResourceLifecycleConfig"]["VersionLifecycleConfig"]["MaxCountRule"]["Enabled"] is False


def test_an_environment_has_what_eb_looks_for(shop: Any) -> None:
    found = ready(shop, "shop")
    assert found["Tier"] == {"Name": "WebServer", "Type": "Standard", "Version": "1.0"}
    assert found["CNAME"] == found["EndpointURL"] == "127.0.0.1:8000"
    assert (found["Health"], found["HealthStatus"], found["SolutionStackName"]) == ("Green", "Ok", STACK)
    assert found["EnvironmentArn"] == "arn:aws:elasticbeanstalk:us-east-1:123456789012:environment/shop/shop"
    assert found["PlatformArn"].startswith("arn:aws:elasticbeanstalk:us-east-1::platform/Docker running on 64bit")


def test_a_deployment_moves_label_and_deployment_id(shared: Server) -> None:
    beanstalk = with_environment(shared, "moves", "v1", "v2")
    answered = beanstalk.update_environment(EnvironmentName="moves", VersionLabel="v2")
    assert answered["Status"] == "Updating"
    assert ready(beanstalk, "moves")["VersionLabel"] == "v2"
    (one,) = beanstalk.describe_instances_health(EnvironmentName="moves", AttributeNames=["All"])["InstanceHealthList"]
    deployment = one["Deployment"]
    assert (deployment["VersionLabel"], deployment["DeploymentId"], deployment["Status"]) == ("v2", 2, "Deployed")


def test_a_failed_deployment_keeps_the_label_and_says_so(shared: Server) -> None:
    beanstalk = with_environment(shared, "fails", "v1", "bad")
    request = beanstalk.update_environment(EnvironmentName="fails", VersionLabel="bad")["ResponseMetadata"]["RequestId"]
    assert ready(beanstalk, "fails")["VersionLabel"] == "v1"
    assert messages(beanstalk, RequestId=request)[-1] == "Failed to deploy application."


def test_a_failed_launch_leaves_an_environment(shared: Server) -> None:
    beanstalk = with_versions(shared, "badly", "bad")
    beanstalk.create_environment(
        ApplicationName="badly", EnvironmentName="badly", VersionLabel="bad", SolutionStackName=STACK
    )
    found = ready(beanstalk, "badly")
    assert (found["Health"], found["CNAME"]) == ("Grey", "127.0.0.1:8000")
    assert messages(beanstalk, EnvironmentName="badly")[-1].startswith("Create environment operation is complete, but")


def test_configuration_changes_and_comes_back_when_it_fails(shared: Server) -> None:
    beanstalk = with_environment(shared, "config", "v1", options=(option(VARIABLES, "KEEP", "1"),))

    def variables() -> dict[str, str]:
        (found,) = beanstalk.describe_configuration_settings(ApplicationName="config", EnvironmentName="config")[
            "ConfigurationSettings"
        ]
        return {o["OptionName"]: o["Value"] for o in found["OptionSettings"] if o["Namespace"] == f"aws:{VARIABLES}"}

    beanstalk.update_environment(
        EnvironmentName="config",
        OptionSettings=[option(VARIABLES, "NEW", "2")],
        OptionsToRemove=[{"Namespace": f"aws:{VARIABLES}", "OptionName": "KEEP"}],
    )
    ready(beanstalk, "config")
    assert variables() == {"NEW": "2"}
    assert messages(beanstalk, EnvironmentName="config")[-2:] == [
        "Successfully deployed new configuration to environment.",
        "Environment update completed successfully.",
    ]
    beanstalk.update_environment(EnvironmentName="config", OptionSettings=[option(VARIABLES, "BREAK", "1")])
    ready(beanstalk, "config")
    assert variables() == {"NEW": "2"}
    assert messages(beanstalk, EnvironmentName="config")[-2:] == [
        "Failed to deploy configuration.",
        "The environment was reverted to the previous configuration setting.",
    ]


def test_options_are_sorted_and_complete(shop: Any) -> None:
    (found,) = shop.describe_configuration_settings(ApplicationName="shop", EnvironmentName="shop")[
        "ConfigurationSettings"
    ]
    keys = [(one["Namespace"], one["OptionName"]) for one in found["OptionSettings"]]
    assert keys == sorted(keys)
    values = dict(zip(keys, [one.get("Value") for one in found["OptionSettings"]], strict=True))
    assert values["aws:autoscaling:asg", "MinSize"] == "2"
    assert values["aws:elasticbeanstalk:environment", "LoadBalancerIsShared"] == "false"


def test_a_busy_environment_refuses_every_change(shared: Server) -> None:
    beanstalk = with_environment(shared, "busy", "v1", "held")
    beanstalk.update_environment(EnvironmentName="busy", VersionLabel="held")
    busy = "Environment named busy is in an invalid state for this operation. Must be Ready."
    smaller = [option(ASG, "MinSize", "1")]
    answers = [
        refused(beanstalk.update_environment, EnvironmentName="busy", VersionLabel="v1"),
        refused(beanstalk.update_environment, EnvironmentName="busy", OptionSettings=smaller),
        refused(beanstalk.terminate_environment, EnvironmentName="busy"),
    ]
    assert answers == [("InvalidParameterValue", busy)] * 3
    assert described(beanstalk, "busy")["Status"] == "Updating"
    in_use = refused(beanstalk.delete_application_version, ApplicationName="busy", VersionLabel="held")
    assert "in use by environment busy" in in_use[1]
    shared.let_go()
    assert ready(beanstalk, "busy")["VersionLabel"] == "held"


def test_termination_is_seen_by_a_waiter_and_frees_the_name(shared: Server) -> None:
    beanstalk = with_environment(shared, "ends", "v1")
    beanstalk.terminate_environment(EnvironmentName="ends")
    waiter = beanstalk.get_waiter("environment_terminated")
    waiter.config.delay, waiter.config.max_attempts = 0.1, 1800
    waiter.wait(EnvironmentNames=["ends"])
    assert beanstalk.describe_environments(EnvironmentNames=["ends"], IncludeDeleted=False)["Environments"] == []
    assert beanstalk.describe_environments(ApplicationName="ends")["Environments"][0]["Status"] == "Terminated"
    assert messages(beanstalk, EnvironmentName="ends")[-1] == "terminateEnvironment completed successfully."
    again = {"EnvironmentName": "ends", "VersionLabel": "v1", "SolutionStackName": STACK}
    anew = beanstalk.create_environment(ApplicationName="ends", **again)["EnvironmentId"]
    ready(beanstalk, "ends")
    assert "terminateEnvironment completed successfully." not in messages(beanstalk, EnvironmentId=anew)
    assert messages(beanstalk, EnvironmentId=anew)[0] == "createEnvironment is starting."


def test_an_application_goes_with_its_environments_when_forced(shared: Server) -> None:
    beanstalk = with_environment(shared, "forced", "v1")
    assert "running environments" in refused(beanstalk.delete_application, ApplicationName="forced")[1]
    beanstalk.delete_application(ApplicationName="forced", TerminateEnvByForce=True)
    eventually(lambda: not beanstalk.describe_applications(ApplicationNames=["forced"])["Applications"])
    assert messages(beanstalk, ApplicationName="forced")[-1] == "The application has been deleted successfully."


def test_a_version_that_nobody_uses_can_be_deleted_with_its_bundle(shared: Server) -> None:
    beanstalk, storage = with_versions(shared, "tidy", "v1"), shared.boto("s3")
    (version,) = beanstalk.describe_application_versions(ApplicationName="tidy")["ApplicationVersions"]
    where = {"Bucket": version["SourceBundle"]["S3Bucket"], "Key": version["SourceBundle"]["S3Key"]}
    beanstalk.delete_application_version(ApplicationName="tidy", VersionLabel="v1", DeleteSourceBundle=True)
    assert beanstalk.describe_application_versions(ApplicationName="tidy")["ApplicationVersions"] == []
    with pytest.raises(ClientError, match="404"):
        storage.head_object(**where)


@pytest.mark.parametrize(("process", "content", "status"), [
    (True, None, "PROCESSED"), (True, b"no zip", "FAILED"), (False, b"no zip", "UNPROCESSED"),
])  # fmt: skip
def test_the_status_of_a_version_is_in_upper_case(
    shared: Server, process: bool, content: bytes | None, status: str
) -> None:
    beanstalk, storage = with_versions(shared, f"process-{status}", "v1"), shared.boto("s3")
    (version,) = beanstalk.describe_application_versions(ApplicationName=f"process-{status}")["ApplicationVersions"]
    source = version["SourceBundle"]
    if content:
        storage.put_object(Bucket=source["S3Bucket"], Key=source["S3Key"], Body=content)
    made = beanstalk.create_application_version(
        ApplicationName=f"process-{status}", VersionLabel="v2", SourceBundle=source, Process=process
    )
    assert made["ApplicationVersion"]["Status"] == status


@pytest.mark.parametrize(("operation", "given", "code", "text"), [
    ("create_application", {"ApplicationName": "shop"}, "InvalidParameterValue", "Application shop already exists."),
    ("create_application", {"ApplicationName": "x" * 101}, "ValidationError",
     "1 validation error detected: Value '" + "x" * 101 + "' at 'applicationName' failed to satisfy constraint: "
     "Member must have length less than or equal to 100"),
    ("create_application_version", {"ApplicationName": "none", "VersionLabel": "v", "SourceBundle": "v1"},
     "InvalidParameterValue", "No Application named 'none' found."),
    ("create_application_version", {"ApplicationName": "shop", "VersionLabel": "v1", "SourceBundle": "v1"},
     "InvalidParameterValue", "Application Version v1 already exists."),
    ("create_application_version", {"ApplicationName": "shop", "VersionLabel": "v", "SourceBundle": "gone"},
     "InvalidParameterCombination", "Unable to download from S3 location (Bucket: "
     "elasticbeanstalk-us-east-1-123456789012  Key: shop/gone.zip). Reason: Not Found"),
    ("create_environment", {"EnvironmentName": "shop"}, "InvalidParameterValue", "Environment shop already exists."),
    ("create_environment", {"EnvironmentName": "-other"}, "InvalidParameterValue",
     "Value -other at 'EnvironmentName' failed to satisfy constraint: Member must contain only letters, digits, and "
     "the dash character and may not start or end with a dash"),
    ("create_environment", {"EnvironmentName": "abc"}, "ParamValidation", ""),
    ("create_environment", {"VersionLabel": "none"}, "InvalidParameterValue",
     "No Application Version named 'none' found."),
    ("create_environment", {"CNAMEPrefix": "SHOP"}, "InvalidParameterValue",
     "DNS name (SHOP.elasticbeanstalk.com) is not available."),
    ("create_environment", {"SolutionStackName": "Windows"}, "InvalidParameterValue",
     "No Solution Stack named 'Windows' found."),
    ("create_environment", {"SolutionStackName": None}, "InvalidParameterValue",
     "Unable to determine base for template pack (no solution stack)"),
    ("create_environment", {"OptionSettings": [option("elasticbeanstalk:command", "DeploymentPolicy", "Immutable")]},
     "ConfigurationValidationException", "Configuration validation exception: Invalid option value: 'Immutable' "
     "(Namespace: 'aws:elasticbeanstalk:command', OptionName: 'DeploymentPolicy'): Immutable is possible on Elastic "
     "Beanstalk, but not supported by the local cloud"),
    ("update_environment", {"EnvironmentName": "none", "VersionLabel": "v1"}, "InvalidParameterValue",
     "No Environment found for EnvironmentName = 'none'."),
    ("update_environment", {"EnvironmentName": "shop", "VersionLabel": "v2", "OptionSettings": [ENHANCED]},
     "InvalidParameterCombination",
     "You cannot update an environment's version and its configuration settings in one call."),
    ("terminate_environment", {}, "MissingParameter", "You must specify EnvironmentId or EnvironmentName."),
    ("swap_environment_cnames", {}, "UnsupportedOperation",
     "The local cloud does not implement SwapEnvironmentCNAMEs."),
])  # fmt: skip
def test_refusals_in_elastic_beanstalks_words(
    shared: Server, shop: Any, operation: str, given: dict[str, Any], code: str, text: str
) -> None:
    if operation == "create_application_version":
        source = {"S3Bucket": "elasticbeanstalk-us-east-1-123456789012", "S3Key": f"shop/{given['SourceBundle']}.zip"}
        given = {**given, "SourceBundle": source}
    if operation == "create_environment":
        defaults = {"ApplicationName": "shop", "EnvironmentName": "other", "VersionLabel": "v1"}
        merged = {**defaults, "SolutionStackName": STACK, **given}
        given = {name: value for name, value in merged.items() if value is not None}
    client = shared.boto("elasticbeanstalk", config={"parameter_validation": False})
    if code == "ParamValidation":
        code, text = "ValidationError", "Member must have length greater than or equal to 4"
        found = refused(getattr(client, operation), **given)
        assert found[0] == code and found[1].endswith(text)
    else:
        assert refused(getattr(client, operation), **given) == (code, text)


def test_a_missing_required_parameter_is_named(shared: Server) -> None:
    client = shared.boto("elasticbeanstalk", config={"parameter_validation": False})
    code, text = refused(client.create_application)
    assert code == "ValidationError" and "at 'applicationName'" in text and text.endswith("must not be null")


def test_basic_health_has_no_enhanced_answers(shared: Server) -> None:
    beanstalk = with_versions(shared, "basic", "v1")
    beanstalk.create_environment(
        ApplicationName="basic", EnvironmentName="basic", VersionLabel="v1", SolutionStackName=STACK
    )
    found = ready(beanstalk, "basic")
    assert found["Health"] == "Green" and "HealthStatus" not in found
    assert refused(beanstalk.describe_instances_health, EnvironmentName="basic")[0] == "InvalidRequestException"


def test_dns_names(shop: Any) -> None:
    assert shop.check_dns_availability(CNAMEPrefix="shop")["Available"] is False
    free = shop.check_dns_availability(CNAMEPrefix="free")
    assert (free["Available"], free["FullyQualifiedCNAME"]) == (True, "free.elasticbeanstalk.com")


def test_resources_name_the_instances(shop: Any) -> None:
    resources = shop.describe_environment_resources(EnvironmentName="shop")["EnvironmentResources"]
    assert [one["Id"] for one in resources["Instances"]] == ["i-00000000000000000", "i-00000000000000001"]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ([], 2),
        ([("PlatformBranchName", "=", "Docker running on 64bit Amazon Linux 2023")], 1),
        ([("PlatformBranchName", "=", "Python 3.13 running on 64bit Amazon Linux 2023")], 0),
        ([("PlatformStatus", "=", "Ready"), ("PlatformOwner", "=", "self")], 0),
        ([("PlatformVersion", ">=", "4.10.0")], 0),
        ([("PlatformVersion", ">=", "4.5.9")], 1),
        ([("PlatformName", "contains", "Docker")], 1),
    ],
)
def test_platforms_are_filtered(shop: Any, filters: list[tuple[str, str, str]], count: int) -> None:
    asked = [{"Type": kind, "Operator": operator, "Values": [value]} for kind, operator, value in filters]
    found = shop.list_platform_versions(Filters=asked)["PlatformSummaryList"]
    assert len(found) == count
    for one in found:
        assert shop.describe_platform_version(PlatformArn=one["PlatformArn"])["PlatformDescription"]["PlatformVersion"]


def test_branches_are_filtered(shop: Any) -> None:
    def branches(attribute: str, operator: str, value: str) -> list[str]:
        asked = [{"Attribute": attribute, "Operator": operator, "Values": [value]}]
        return [one["BranchName"] for one in shop.list_platform_branches(Filters=asked)["PlatformBranchSummaryList"]]

    offered = [f"{name} running on 64bit Amazon Linux 2023" for name in ("Docker", "ECS")]
    assert branches("LifecycleState", "!=", "Retired") == offered
    assert branches("LifecycleState", "=", "Retired") == []
