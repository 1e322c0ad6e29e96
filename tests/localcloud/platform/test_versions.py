"""The platform versions: two of each branch, and updates from one to the other."""

import pytest

from dockdj.localcloud.platform.versions import DOCKER, EARLIER_DOCKER, EARLIER_ECS, ECS, PlatformVersion
from tests.localcloud.running import (
    Server,
    described,
    messages,
    option,
    ready,
    refusal,
    with_environment,
    with_versions,
)

VARIABLES = "elasticbeanstalk:application:environment"


@pytest.mark.parametrize("platform", [DOCKER, EARLIER_DOCKER, ECS, EARLIER_ECS], ids=lambda item: item.stack)
def test_environment_is_created_on_every_platform_version(shared: Server, platform: PlatformVersion) -> None:
    name = f"{platform.name}-{platform.version.replace('.', '-')}"
    beanstalk = with_versions(shared, name, "v1")
    arn = platform.arn(shared.settings.region)
    beanstalk.create_environment(ApplicationName=name, EnvironmentName=name, VersionLabel="v1", PlatformArn=arn)
    environment = ready(beanstalk, name)
    assert (environment["SolutionStackName"], environment["PlatformArn"]) == (platform.stack, arn)
    settings = beanstalk.describe_configuration_settings(ApplicationName=name, EnvironmentName=name)
    assert settings["ConfigurationSettings"][0]["SolutionStackName"] == platform.stack
    described_version = beanstalk.describe_platform_version(PlatformArn=arn)["PlatformDescription"]
    recommended = "Recommended" if platform.recommended else None
    assert described_version["SolutionStackName"] == platform.stack
    assert described_version.get("PlatformLifecycleState") == recommended


def test_platform_versions_are_listed_by_branch_newest_first(shared: Server) -> None:
    beanstalk = shared.boto("elasticbeanstalk")
    stacks = [platform.stack for platform in (DOCKER, ECS, EARLIER_DOCKER, EARLIER_ECS)]
    assert beanstalk.list_available_solution_stacks()["SolutionStacks"] == stacks
    branches = beanstalk.list_platform_branches()["PlatformBranchSummaryList"]
    assert [branch["BranchName"] for branch in branches] == [DOCKER.branch, ECS.branch]

    def versions(kind: str, operator: str, value: str) -> list[str]:
        terms = [{"Type": kind, "Operator": operator, "Values": [value]}]
        listed = beanstalk.list_platform_versions(Filters=terms)["PlatformSummaryList"]
        return [item["PlatformVersion"] for item in listed]

    assert versions("PlatformBranchName", "=", DOCKER.branch) == [DOCKER.version, EARLIER_DOCKER.version]
    assert versions("PlatformLifecycleState", "=", "Recommended") == [DOCKER.version, ECS.version]
    earlier = [ECS.version, EARLIER_DOCKER.version, EARLIER_ECS.version]
    assert versions("PlatformVersion", "<", DOCKER.version) == earlier


def test_environment_is_updated_to_another_version_of_its_branch_and_back(shared: Server) -> None:
    beanstalk = with_environment(shared, "updated", "v1", "v2")
    setting = option(VARIABLES, "COLOUR", "red")
    beanstalk.update_environment(
        EnvironmentName="updated", SolutionStackName=EARLIER_DOCKER.stack, OptionSettings=[setting]
    )
    assert ready(beanstalk, "updated")["SolutionStackName"] == EARLIER_DOCKER.stack
    arn = DOCKER.arn(shared.settings.region)
    beanstalk.update_environment(EnvironmentName="updated", PlatformArn=arn)
    assert ready(beanstalk, "updated")["PlatformArn"] == arn
    assert "Successfully deployed new configuration to environment." in messages(beanstalk, EnvironmentName="updated")
    both = {"EnvironmentName": "updated", "VersionLabel": "v2", "SolutionStackName": EARLIER_DOCKER.stack}
    assert refusal(beanstalk.update_environment, **both).code == "InvalidParameterCombination"
    # The platform that it has is no change.
    beanstalk.update_environment(EnvironmentName="updated", VersionLabel="v2", PlatformArn=arn)
    assert ready(beanstalk, "updated")["VersionLabel"] == "v2"


def test_failed_update_keeps_the_platform_version(shared: Server) -> None:
    beanstalk = with_environment(shared, "kept-back", "v1")
    setting = option(VARIABLES, "BREAK", "1")
    beanstalk.update_environment(
        EnvironmentName="kept-back", SolutionStackName=EARLIER_DOCKER.stack, OptionSettings=[setting]
    )
    assert ready(beanstalk, "kept-back")["SolutionStackName"] == DOCKER.stack
    assert "Failed to deploy configuration." in messages(beanstalk, EnvironmentName="kept-back")


def test_environment_stays_on_its_branch(shared: Server) -> None:
    beanstalk = with_environment(shared, "stays", "v1")
    for platform in (ECS, EARLIER_ECS):
        refused = refusal(beanstalk.update_environment, EnvironmentName="stays", SolutionStackName=platform.stack)
        assert refused.code == "InvalidParameterValue" and "cannot change to" in refused.message
    beanstalk.update_environment(EnvironmentName="stays", SolutionStackName=DOCKER.stack, Description="same")
    assert described(beanstalk, "stays")["Description"] == "same"
