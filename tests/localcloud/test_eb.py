"""A day with Amazon's unmodified `eb` client: exit codes and final texts."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from dockdj.localcloud.platform.versions import EARLIER_DOCKER, EARLIER_ECS
from tests.localcloud.running import Server, ready
from tests.support import eb

HANGS_SECONDS = 300
PLATFORMS = {
    "Docker": ("docker-compose.yml", "services: {}\n"),
    "ECS": ("Dockerrun.aws.json", '{"AWSEBDockerrunVersion": 2, "containerDefinitions": []}\n'),
}


@dataclass(frozen=True)
class Day:
    """A project's folder, and the client in it."""

    folder: Path
    server: Server

    def eb(self, *arguments: str, code: int = 0) -> str:
        """Run a command and return its output. It must end with this exit code."""
        # Neither settings of the user nor of the machine may decide.
        environment = {**os.environ, **self.server.environment(), "HOME": str(self.folder.parent), "COLUMNS": "200"}
        argv = [str(eb.program()), *arguments]
        done = subprocess.run(
            argv,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=HANGS_SECONDS,
        )
        assert done.returncode == code, f"eb {' '.join(arguments)}: {done.returncode}\n{done.stdout}"
        return done.stdout


@pytest.fixture
def day(own: Server, tmp_path: Path) -> Day:
    folder = tmp_path / "project"
    folder.mkdir()
    return Day(folder, own)


# Each command of the client takes two seconds of processor time.
@pytest.mark.parametrize("platform", ["Docker", pytest.param("ECS", marks=pytest.mark.soak)])
def test_a_day_with_the_unmodified_client(day: Day, platform: str) -> None:
    name, content = PLATFORMS[platform]
    (day.folder / name).write_text(content)
    day.eb("init", "shop", "-p", f"{platform} running on 64bit Amazon Linux 2023", "-r", "us-east-1")
    assert "Successfully launched environment: shop-one" in day.eb("create", "shop-one")
    assert "shop-one : ['i-" in day.eb("list", "-v")
    status = day.eb("status", "shop-one")
    assert "Status: Ready" in status and "Health: Green" in status
    first = re.search(r"Deployed Version: (\S+)", status)
    assert first

    # Versions.
    assert "Environment update completed successfully." in day.eb("deploy", "shop-one", "-l", "second")
    assert "Environment update completed successfully." in day.eb("deploy", "shop-one", "--version", first[1])
    day.eb("deploy", "shop-one", "-l", "endless", "--nohang")
    assert 'Aborting update to environment "shop-one".' in day.eb("abort")
    assert ready(day.server.boto("elasticbeanstalk"), "shop-one")["VersionLabel"] == first[1]
    assert "There are no environments currently being updated." in day.eb("abort", code=4)
    assert "MaxCountRule" in day.eb("appversion", "lifecycle", "-p")
    assert "Successfully launched environment: shop-one" in day.eb("events", "shop-one")
    assert "Ok" in day.eb("health", "shop-one")

    # Options.
    assert "Successfully deployed new configuration" in day.eb("setenv", "COLOUR=red", "-e", "shop-one")
    assert "Successfully deployed new configuration" in day.eb("scale", "2", "shop-one")
    day.eb("config", "save", "shop-one", "--cfg", "wide")
    assert "wide" in day.eb("config", "list")
    day.eb("config", "put", "wide")
    assert "Successfully launched environment: shop-two" in day.eb("create", "shop-two", "--cfg", "wide")
    assert "COLOUR = red" in day.eb("printenv", "shop-two")
    assert "Successfully launched environment: shop-three" in day.eb("clone", "shop-two", "-n", "shop-three")
    assert "COLOUR = red" in day.eb("printenv", "shop-three")
    day.eb("config", "delete", "wide")

    # Logs, addresses and tags.
    assert day.eb("logs", "shop-one").count("tail of i-") == 2
    day.eb("logs", "shop-one", "--zip")
    assert list((day.folder / ".elasticbeanstalk/logs").glob("*.zip"))
    assert "Completed swapping CNAMEs for environments" in day.eb("swap", "shop-one", "-n", "shop-two")
    assert "Environment tag update completed successfully." in day.eb("tags", "shop-one", "--add", "team=web")
    assert re.search(r"team +web", day.eb("tags", "shop-one", "--list"))

    # The end, and back.
    earlier = {"Docker": EARLIER_DOCKER, "ECS": EARLIER_ECS}[platform]
    day.server.boto("elasticbeanstalk").update_environment(EnvironmentName="shop-one", SolutionStackName=earlier.stack)
    ready(day.server.boto("elasticbeanstalk"), "shop-one")
    assert f"platform/{earlier.branch}/{earlier.version}" in day.eb("status", "shop-one")
    assert "Successfully deployed new configuration" in day.eb("upgrade", "shop-one", "--noroll", "--force")
    assert "already on most recent platform version" in day.eb("upgrade", "shop-one", "--noroll")
    (environment,) = day.server.boto("elasticbeanstalk").describe_environments(EnvironmentNames=["shop-three"])[
        "Environments"
    ]
    assert "terminateEnvironment completed successfully." in day.eb("terminate", "shop-three", "--force")
    assert "Successfully launched environment: shop-three" in day.eb("restore", environment["EnvironmentId"])
    assert "The application has been deleted successfully." in day.eb("terminate", "--all", "--force")
    assert day.server.boto("elasticbeanstalk").describe_applications()["Applications"] == []
    # The client forgets the project with its application.
    assert 'You must first run "eb init".' in day.eb("status", "shop-one", code=126)
