"""The two platforms: an environment stays on the one it was created on."""

import pytest
from botocore.exceptions import ClientError

from dockdj.localcloud.platform.versions import ECS
from tests.localcloud.running import STACK, Server, described, ready, with_versions


def test_environment_is_created_on_the_requested_platform_and_stays_there(shared: Server) -> None:
    beanstalk = with_versions(shared, "tasks", "v1")
    beanstalk.create_environment(
        ApplicationName="tasks", EnvironmentName="tasks", VersionLabel="v1", SolutionStackName=ECS.stack
    )
    ready(beanstalk, "tasks")

    environment = described(beanstalk, "tasks")
    assert environment["SolutionStackName"] == "64bit Amazon Linux 2023 v4.2.0 running ECS"
    assert environment["PlatformArn"].endswith("::platform/ECS running on 64bit Amazon Linux 2023/4.2.0")
    settings = beanstalk.describe_configuration_settings(ApplicationName="tasks", EnvironmentName="tasks")
    assert settings["ConfigurationSettings"][0]["SolutionStackName"] == ECS.stack
    with pytest.raises(ClientError, match="keeps an environment on its platform"):
        beanstalk.update_environment(EnvironmentName="tasks", SolutionStackName=STACK)
    beanstalk.update_environment(EnvironmentName="tasks", SolutionStackName=ECS.stack, Description="same")
