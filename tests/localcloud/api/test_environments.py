"""Applications, versions and environments through boto3, with Elastic Beanstalk's own error texts."""

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
    refusal,
    with_environment,
    with_versions,
)
from tests.support.eventually import eventually

ASG = "autoscaling:asg"
VARIABLES = "elasticbeanstalk:application:environment"
BUCKET = "elasticbeanstalk-us-east-1-123456789012"


@pytest.fixture(scope="module")
def shop(shared: Server) -> Any:
    """The application `shop` with v1, v2 and bad, and its environment `shop`, which runs v1."""
    return with_environment(shared, "shop", "v1", "v2", "bad", options=(option(ASG, "MinSize", "2"),))


def test_application_has_the_members_that_eb_reads(shop: Any) -> None:
    (application,) = shop.describe_applications(ApplicationNames=["shop"])["Applications"]
    assert application["ApplicationArn"].endswith(":application/shop")
    assert set(application["Versions"]) >= {"v1", "v2"}
    assert application["ResourceLifecycleConfig"]["VersionLifecycleConfig"]["MaxCountRule"]["Enabled"] is False


def test_environment_has_the_members_that_eb_reads(shop: Any) -> None:
    environment = ready(shop, "shop")
    assert environment["Tier"] == {"Name": "WebServer", "Type": "Standard", "Version": "1.0"}
    assert environment["CNAME"] == environment["EndpointURL"] == "127.0.0.1:8000"
    assert (environment["Health"], environment["HealthStatus"]) == ("Green", "Ok")
    assert environment["SolutionStackName"] == STACK
    assert environment["EnvironmentArn"] == "arn:aws:elasticbeanstalk:us-east-1:123456789012:environment/shop/shop"
    assert environment["PlatformArn"].startswith("arn:aws:elasticbeanstalk:us-east-1::platform/Docker running on 64bit")


def test_deployment_changes_label_and_deployment_id(shared: Server) -> None:
    beanstalk = with_environment(shared, "moves", "v1", "v2")
    response = beanstalk.update_environment(EnvironmentName="moves", VersionLabel="v2")
    assert response["Status"] == "Updating"
    assert ready(beanstalk, "moves")["VersionLabel"] == "v2"
    health = beanstalk.describe_instances_health(EnvironmentName="moves", AttributeNames=["All"])
    (instance,) = health["InstanceHealthList"]
    deployment = instance["Deployment"]
    assert (deployment["VersionLabel"], deployment["DeploymentId"], deployment["Status"]) == ("v2", 2, "Deployed")


def test_failed_deployment_keeps_the_label_and_is_reported(shared: Server) -> None:
    beanstalk = with_environment(shared, "fails", "v1", "bad")
    request = beanstalk.update_environment(EnvironmentName="fails", VersionLabel="bad")["ResponseMetadata"]["RequestId"]
    assert ready(beanstalk, "fails")["VersionLabel"] == "v1"
    assert messages(beanstalk, RequestId=request)[-1] == "Failed to deploy application."


def test_failed_launch_leaves_an_unhealthy_environment(shared: Server) -> None:
    beanstalk = with_versions(shared, "badly", "bad")
    beanstalk.create_environment(
        ApplicationName="badly", EnvironmentName="badly", VersionLabel="bad", SolutionStackName=STACK
    )
    environment = ready(beanstalk, "badly")
    assert (environment["Health"], environment["CNAME"]) == ("Grey", "127.0.0.1:8000")
    assert messages(beanstalk, EnvironmentName="badly")[-1].startswith("Create environment operation is complete, but")


def test_failed_configuration_change_is_reverted(shared: Server) -> None:
    beanstalk = with_environment(shared, "config", "v1", options=(option(VARIABLES, "KEEP", "1"),))

    def variables() -> dict[str, str]:
        (settings,) = beanstalk.describe_configuration_settings(ApplicationName="config", EnvironmentName="config")[
            "ConfigurationSettings"
        ]
        return {
            item["OptionName"]: item["Value"]
            for item in settings["OptionSettings"]
            if item["Namespace"] == f"aws:{VARIABLES}"
        }

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


def test_settings_are_sorted_and_contain_defaults(shop: Any) -> None:
    (settings,) = shop.describe_configuration_settings(ApplicationName="shop", EnvironmentName="shop")[
        "ConfigurationSettings"
    ]
    keys = [(item["Namespace"], item["OptionName"]) for item in settings["OptionSettings"]]
    assert keys == sorted(keys)
    values = dict(zip(keys, [item.get("Value") for item in settings["OptionSettings"]], strict=True))
    assert values["aws:autoscaling:asg", "MinSize"] == "2"
    assert values["aws:elasticbeanstalk:environment", "LoadBalancerIsShared"] == "false"


def test_busy_environment_refuses_every_change(shared: Server) -> None:
    beanstalk = with_environment(shared, "busy", "v1", "held")
    beanstalk.update_environment(EnvironmentName="busy", VersionLabel="held")
    busy = "Environment named busy is in an invalid state for this operation. Must be Ready."
    smaller = [option(ASG, "MinSize", "1")]
    refusals = [
        refusal(beanstalk.update_environment, EnvironmentName="busy", VersionLabel="v1"),
        refusal(beanstalk.update_environment, EnvironmentName="busy", OptionSettings=smaller),
        refusal(beanstalk.terminate_environment, EnvironmentName="busy"),
    ]
    assert refusals == [("InvalidParameterValue", busy)] * 3
    assert described(beanstalk, "busy")["Status"] == "Updating"
    in_use = refusal(beanstalk.delete_application_version, ApplicationName="busy", VersionLabel="held")
    assert "in use by environment busy" in in_use[1]
    shared.release_held()
    assert ready(beanstalk, "busy")["VersionLabel"] == "held"


def test_terminated_environment_is_listed_for_waiters_and_its_name_is_free(shared: Server) -> None:
    beanstalk = with_environment(shared, "ends", "v1")
    beanstalk.terminate_environment(EnvironmentName="ends")
    waiter = beanstalk.get_waiter("environment_terminated")
    waiter.config.delay, waiter.config.max_attempts = 0.1, 1800
    waiter.wait(EnvironmentNames=["ends"])
    assert beanstalk.describe_environments(EnvironmentNames=["ends"], IncludeDeleted=False)["Environments"] == []
    assert beanstalk.describe_environments(ApplicationName="ends")["Environments"][0]["Status"] == "Terminated"
    assert messages(beanstalk, EnvironmentName="ends")[-1] == "terminateEnvironment completed successfully."
    second = beanstalk.create_environment(
        ApplicationName="ends", EnvironmentName="ends", VersionLabel="v1", SolutionStackName=STACK
    )["EnvironmentId"]
    ready(beanstalk, "ends")
    assert "terminateEnvironment completed successfully." not in messages(beanstalk, EnvironmentId=second)
    assert messages(beanstalk, EnvironmentId=second)[0] == "createEnvironment is starting."


def test_forced_deletion_removes_application_and_environments(shared: Server) -> None:
    beanstalk = with_environment(shared, "forced", "v1")
    assert "running environments" in refusal(beanstalk.delete_application, ApplicationName="forced")[1]
    beanstalk.delete_application(ApplicationName="forced", TerminateEnvByForce=True)
    eventually(lambda: not beanstalk.describe_applications(ApplicationNames=["forced"])["Applications"])
    assert messages(beanstalk, ApplicationName="forced")[-1] == "The application has been deleted successfully."


def test_unused_version_can_be_deleted_with_its_bundle(shared: Server) -> None:
    beanstalk, storage = with_versions(shared, "tidy", "v1"), shared.boto("s3")
    (version,) = beanstalk.describe_application_versions(ApplicationName="tidy")["ApplicationVersions"]
    location = {"Bucket": version["SourceBundle"]["S3Bucket"], "Key": version["SourceBundle"]["S3Key"]}
    beanstalk.delete_application_version(ApplicationName="tidy", VersionLabel="v1", DeleteSourceBundle=True)
    assert beanstalk.describe_application_versions(ApplicationName="tidy")["ApplicationVersions"] == []
    with pytest.raises(ClientError, match="404"):
        storage.head_object(**location)


@pytest.mark.parametrize(("process", "content", "status"), [
    (True, None, "PROCESSED"), (True, b"no zip", "FAILED"), (False, b"no zip", "UNPROCESSED"),
])  # fmt: skip
def test_version_status_depends_on_its_processing(
    shared: Server, process: bool, content: bytes | None, status: str
) -> None:
    beanstalk, storage = with_versions(shared, f"process-{status}", "v1"), shared.boto("s3")
    (version,) = beanstalk.describe_application_versions(ApplicationName=f"process-{status}")["ApplicationVersions"]
    source = version["SourceBundle"]
    if content:
        storage.put_object(Bucket=source["S3Bucket"], Key=source["S3Key"], Body=content)
    created = beanstalk.create_application_version(
        ApplicationName=f"process-{status}", VersionLabel="v2", SourceBundle=source, Process=process
    )
    assert created["ApplicationVersion"]["Status"] == status


@pytest.fixture(scope="module")
def unchecked(shared: Server) -> Any:
    """A client that sends parameters without validating them first."""
    return shared.boto("elasticbeanstalk", config={"parameter_validation": False})


def test_second_application_of_the_same_name_is_refused(shop: Any) -> None:
    assert refusal(shop.create_application, ApplicationName="shop") == (
        "InvalidParameterValue",
        "Application shop already exists.",
    )


def test_application_name_that_is_too_long_is_refused(unchecked: Any) -> None:
    name = "x" * 101
    assert refusal(unchecked.create_application, ApplicationName=name) == (
        "ValidationError",
        f"1 validation error detected: Value '{name}' at 'applicationName' failed to satisfy constraint: "
        "Member must have length less than or equal to 100",
    )


def test_missing_required_parameter_is_named(unchecked: Any) -> None:
    assert refusal(unchecked.create_application) == (
        "ValidationError",
        "1 validation error detected: Value null at 'applicationName' failed to satisfy constraint: "
        "Member must not be null",
    )


@pytest.mark.parametrize(("changes", "key", "code", "text"), [
    ({"ApplicationName": "none"}, "v1.zip", "InvalidParameterValue", "No Application named 'none' found."),
    ({"VersionLabel": "v1"}, "v1.zip", "InvalidParameterValue", "Application Version v1 already exists."),
    ({}, "gone.zip", "InvalidParameterCombination",
     f"Unable to download from S3 location (Bucket: {BUCKET}  Key: shop/gone.zip). Reason: Not Found"),
])  # fmt: skip
def test_invalid_version_is_refused(shop: Any, changes: dict[str, str], key: str, code: str, text: str) -> None:
    parameters = {"ApplicationName": "shop", "VersionLabel": "new", **changes}
    source = {"S3Bucket": BUCKET, "S3Key": f"shop/{key}"}
    assert refusal(shop.create_application_version, SourceBundle=source, **parameters) == (code, text)


@pytest.mark.parametrize(("changes", "code", "text"), [
    ({"EnvironmentName": "shop"}, "InvalidParameterValue", "Environment shop already exists."),
    ({"EnvironmentName": "-other"}, "InvalidParameterValue",
     "Value -other at 'EnvironmentName' failed to satisfy constraint: Member must contain only letters, digits, and "
     "the dash character and may not start or end with a dash"),
    ({"EnvironmentName": "abc"}, "ValidationError",
     "1 validation error detected: Value 'abc' at 'environmentName' failed to satisfy constraint: "
     "Member must have length greater than or equal to 4"),
    ({"VersionLabel": "none"}, "InvalidParameterValue", "No Application Version named 'none' found."),
    ({"CNAMEPrefix": "SHOP"}, "InvalidParameterValue", "DNS name (SHOP.elasticbeanstalk.com) is not available."),
    ({"SolutionStackName": "Windows"}, "InvalidParameterValue", "No Solution Stack named 'Windows' found."),
    ({"SolutionStackName": ""}, "InvalidParameterValue",
     "Unable to determine base for template pack (no solution stack)"),
    ({"OptionSettings": [option("elasticbeanstalk:environment:process:default", "Protocol", "TCP")]},
     "ConfigurationValidationException", "Configuration validation exception: Invalid option value: 'TCP' "
     "(Namespace: 'aws:elasticbeanstalk:environment:process:default', OptionName: 'Protocol'): TCP is possible "
     "on Elastic Beanstalk, but not supported by the local cloud"),
])  # fmt: skip
def test_invalid_environment_is_refused(
    shop: Any, unchecked: Any, changes: dict[str, Any], code: str, text: str
) -> None:
    parameters = {
        "ApplicationName": "shop",
        "EnvironmentName": "other",
        "VersionLabel": "v1",
        "SolutionStackName": STACK,
        **changes,
    }
    assert refusal(unchecked.create_environment, **parameters) == (code, text)


@pytest.mark.parametrize(("parameters", "code", "text"), [
    ({"EnvironmentName": "none", "VersionLabel": "v1"}, "InvalidParameterValue",
     "No Environment found for EnvironmentName = 'none'."),
    ({"EnvironmentName": "shop", "VersionLabel": "v2", "OptionSettings": [ENHANCED]}, "InvalidParameterCombination",
     "You cannot update an environment's version and its configuration settings in one call."),
])  # fmt: skip
def test_invalid_update_is_refused(shop: Any, parameters: dict[str, Any], code: str, text: str) -> None:
    assert refusal(shop.update_environment, **parameters) == (code, text)


def test_termination_without_a_name_is_refused(shop: Any) -> None:
    assert refusal(shop.terminate_environment) == (
        "MissingParameter",
        "You must specify EnvironmentId or EnvironmentName.",
    )


def test_unsupported_action_is_refused(shop: Any) -> None:
    assert refusal(shop.compose_environments) == (
        "UnsupportedOperation",
        "The local cloud does not implement ComposeEnvironments.",
    )


def test_environment_with_basic_health_has_no_enhanced_health(shared: Server) -> None:
    beanstalk = with_versions(shared, "basic", "v1")
    beanstalk.create_environment(
        ApplicationName="basic", EnvironmentName="basic", VersionLabel="v1", SolutionStackName=STACK
    )
    environment = ready(beanstalk, "basic")
    assert environment["Health"] == "Green" and "HealthStatus" not in environment
    assert refusal(beanstalk.describe_instances_health, EnvironmentName="basic")[0] == "InvalidRequestException"


def test_check_dns_availability_reports_taken_prefixes(shop: Any) -> None:
    assert shop.check_dns_availability(CNAMEPrefix="shop")["Available"] is False
    free = shop.check_dns_availability(CNAMEPrefix="free")
    assert (free["Available"], free["FullyQualifiedCNAME"]) == (True, "free.elasticbeanstalk.com")


def test_resources_contain_the_instances(shop: Any) -> None:
    resources = shop.describe_environment_resources(EnvironmentName="shop")["EnvironmentResources"]
    assert [instance["Id"] for instance in resources["Instances"]] == ["i-00000000000000000", "i-00000000000000001"]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ([], 4),
        ([("PlatformBranchName", "=", "Docker running on 64bit Amazon Linux 2023")], 2),
        ([("PlatformBranchName", "=", "Python 3.13 running on 64bit Amazon Linux 2023")], 0),
        ([("PlatformStatus", "=", "Ready"), ("PlatformOwner", "=", "self")], 0),
        ([("PlatformVersion", ">=", "4.10.0")], 0),
        ([("PlatformVersion", ">=", "4.5.9")], 1),
        ([("PlatformName", "contains", "Docker")], 2),
    ],
)
def test_platform_filters_select_versions(shop: Any, filters: list[tuple[str, str, str]], count: int) -> None:
    terms = [{"Type": kind, "Operator": operator, "Values": [value]} for kind, operator, value in filters]
    platforms = shop.list_platform_versions(Filters=terms)["PlatformSummaryList"]
    assert len(platforms) == count
    for platform in platforms:
        description = shop.describe_platform_version(PlatformArn=platform["PlatformArn"])["PlatformDescription"]
        assert description["PlatformVersion"] == platform["PlatformVersion"]


def test_branch_filters_select_branches(shop: Any) -> None:
    def branches(attribute: str, operator: str, value: str) -> list[str]:
        terms = [{"Attribute": attribute, "Operator": operator, "Values": [value]}]
        listed = shop.list_platform_branches(Filters=terms)["PlatformBranchSummaryList"]
        return [branch["BranchName"] for branch in listed]

    both = [f"{name} running on 64bit Amazon Linux 2023" for name in ("Docker", "ECS")]
    assert branches("LifecycleState", "!=", "Retired") == both
    assert branches("LifecycleState", "=", "Retired") == []


TIERS = [
    ({"Name": "Cluster", "Type": "EKS"}, "Cluster is not available to this account"),
    ({"Type": "EKS"}, "Cluster is not available to this account"),
    ({"Name": "Worker", "Type": "SQS/HTTP"}, "web server environments only"),
    ({"Name": "WebServer", "Type": "SQS/HTTP"}, "has no type SQS/HTTP"),
]


@pytest.mark.parametrize(("tier", "message"), TIERS)
def test_tier_that_the_account_does_not_have_is_refused(shared: Server, tier: dict[str, str], message: str) -> None:
    call = shared.boto("elasticbeanstalk").create_environment
    refused = refusal(call, ApplicationName="any", EnvironmentName="tiers", SolutionStackName=STACK, Tier=tier)
    assert refused.code == "InvalidParameterValue" and message in refused.message
