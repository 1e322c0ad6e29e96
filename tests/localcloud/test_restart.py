"""The state survives kill -9, and interrupted operations are reported."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

from tests.localcloud.running import (
    Server,
    described,
    messages,
    option,
    ready,
    with_environment,
)
from tests.support.eventually import eventually

VARIABLES = "elasticbeanstalk:application:environment"


def test_state_survives_kill_9(own: Server) -> None:
    with_environment(own, "shop", "v1", "v2", options=(option(VARIABLES, "A", "1"),))
    queries: list[Callable[[Any], Any]] = [
        lambda client: client.describe_applications()["Applications"],
        lambda client: client.describe_application_versions()["ApplicationVersions"],
        lambda client: described(client, "shop"),
        lambda client: messages(client),
        lambda client: client.describe_configuration_settings(ApplicationName="shop", EnvironmentName="shop")[
            "ConfigurationSettings"
        ],
    ]
    before = [query(own.boto("elasticbeanstalk")) for query in queries]
    own.restart()
    again = own.boto("elasticbeanstalk")
    eventually(lambda: described(again, "shop")["Health"] == "Green")
    assert [query(again) for query in queries] == before


def test_state_folder_is_readable_by_its_owner_only(own: Server) -> None:
    assert own.folder.stat().st_mode & 0o777 == 0o700


def test_interrupted_update_is_reported_and_the_environment_is_ready(own: Server) -> None:
    beanstalk = with_environment(own, "shop", "v1", "stuck")
    beanstalk.update_environment(EnvironmentName="shop", VersionLabel="stuck")
    own.restart()
    again = own.boto("elasticbeanstalk")
    assert ready(again, "shop")["VersionLabel"] == "v1"
    (last,) = again.describe_events(EnvironmentName="shop", Severity="ERROR")["Events"]
    assert "was stopped during an operation" in last["Message"]
    again.update_environment(EnvironmentName="shop", VersionLabel="v1")
    ready(again, "shop")
    deployment = again.describe_instances_health(EnvironmentName="shop", AttributeNames=["Deployment"])
    assert deployment["InstanceHealthList"][0]["Deployment"]["DeploymentId"] == 3


def test_interrupted_termination_is_completed(own: Server) -> None:
    beanstalk = with_environment(own, "shop", "v1", "stuck")
    beanstalk.update_environment(EnvironmentName="shop", VersionLabel="stuck")
    beanstalk.terminate_environment(EnvironmentName="shop", ForceTerminate=True)
    assert described(beanstalk, "shop")["Status"] == "Terminating"
    own.restart()
    again = own.boto("elasticbeanstalk")
    names = ["shop"]
    eventually(lambda: again.describe_environments(EnvironmentNames=names)["Environments"][0]["Status"] == "Terminated")


def test_a_second_server_on_the_same_state_is_refused(own: Server) -> None:
    argv = [sys.executable, "-m", "tests.localcloud.fake_server", "--state", str(own.folder), "--port", "0"]
    second = subprocess.run(argv, capture_output=True, text=True, timeout=180, check=False)
    assert second.returncode != 0
    assert "another server uses" in second.stderr
    own.boto("s3").list_buckets()
