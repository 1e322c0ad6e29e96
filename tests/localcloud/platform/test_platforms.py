"""Two platforms: an environment is made on one and stays there, also through an upgrade of the cloud."""

import sqlite3
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from dockdj.localcloud.platform.options import platform_of
from dockdj.localcloud.platform.platforms import DOCKER, ECS
from dockdj.localcloud.state.database import State
from tests.localcloud.running import STACK, Server, described, ready, with_versions


def test_an_environment_is_on_the_platform_that_was_asked_for(shared: Server) -> None:
    beanstalk = with_versions(shared, "tasks", "v1")
    beanstalk.create_environment(
        ApplicationName="tasks", EnvironmentName="tasks", VersionLabel="v1", SolutionStackName=ECS.stack
    )
    ready(beanstalk, "tasks")

    found = described(beanstalk, "tasks")
    assert found["SolutionStackName"] == "64bit Amazon Linux 2023 v4.2.0 running ECS"
    assert found["PlatformArn"].endswith("::platform/ECS running on 64bit Amazon Linux 2023/4.2.0")
    settings = beanstalk.describe_configuration_settings(ApplicationName="tasks", EnvironmentName="tasks")
    assert settings["ConfigurationSettings"][0]["SolutionStackName"] == ECS.stack
    with pytest.raises(ClientError, match="keeps an environment on its platform"):
        beanstalk.update_environment(EnvironmentName="tasks", SolutionStackName=STACK)
    beanstalk.update_environment(EnvironmentName="tasks", SolutionStackName=ECS.stack, Description="same")


def test_environments_of_an_earlier_version_are_on_the_docker_platform(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    State(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE environments DROP COLUMN stack")
        connection.execute("INSERT INTO applications VALUES ('a', '', 0, 0)")
        connection.execute(
            "INSERT INTO environments (id, name, application, description, label, cname_prefix, status, deployment,"
            " deployments, created, updated) VALUES ('e-1', 'a', 'a', '', 'v', 'a', 'Ready', 1, 1, 0, 0)"
        )
    state = State(path)
    row = state.row("SELECT * FROM environments")
    state.close()
    assert row is not None
    assert (row["stack"], platform_of(row)) == (DOCKER.stack, "Docker")
