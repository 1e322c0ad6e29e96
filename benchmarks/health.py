"""Answers of the local cloud about ten environments, and the cost of watching them while they are idle."""

import json
import os
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3

from benchmarks import project, table
from benchmarks.project import DOCKDJ, Measured
from benchmarks.releases import compiled
from benchmarks.timing import alternating, program
from tests.localcloud.running import ENHANCED, STACK
from tests.support.eventually import eventually

ENVIRONMENTS = 10
ROUNDS = 15
IDLE_SECONDS = 30
SAME_CALLS = """
import sys, boto3
client = boto3.client("elasticbeanstalk")
application, name = sys.argv[1:]
[environment] = client.describe_environments(
    ApplicationName=application, EnvironmentNames=[name], IncludeDeleted=False)["Environments"]
client.describe_instances_health(
    EnvironmentId=environment["EnvironmentId"], AttributeNames=["HealthStatus", "Causes", "Deployment"])
client.describe_application_versions(ApplicationName=application, VersionLabels=[environment["VersionLabel"]])
"""


def measure() -> None:
    with compiled(), cloud() as made:
        client: Any = boto3.client("elasticbeanstalk")
        [target] = client.describe_environments()["Environments"]
        launch(client, ENVIRONMENTS - 1)
        whole, ping = alternating(client.describe_environments, client.describe_account_attributes, ROUNDS)
        what = f"`DescribeEnvironments` with {ENVIRONMENTS} environments, over boto3"
        table.seconds(what, whole, "`DescribeAccountAttributes`, which reads nothing", ping, "≤ 0.03 s")
        asked = [sys.executable, "-c", SAME_CALLS, target["ApplicationName"], target["EnvironmentName"]]
        status = program([DOCKDJ, "--project", str(made.root), "status"])
        table.seconds(
            "`dockdj status`",
            *_beside("a script with the same three calls of boto3", status, program(asked)),
            "≤ 1.3 of it",
        )
        share, rest = idle_shares(server_of(Path(os.environ["DOCKDJ_STATE"])))
        table.seconds(
            f"a second of processor time per second: {ENVIRONMENTS} idle environments, watched",
            share,
            "with the server paused",
            rest,
        )


@contextmanager
def cloud() -> Iterator[Measured]:
    """A project with its target in a new local cloud, whose variables are this process's."""
    folder = tempfile.TemporaryDirectory(prefix="dockdj-bench-")
    with folder as name, patch.dict(os.environ, DOCKDJ_STATE=f"{name}/cloud"), project.made() as made:
        made.dockdj("cloud", "up")
        try:
            made.dockdj("create")
            lines = made.dockdj("cloud", "env").splitlines()
            words = [shlex.split(line)[1] for line in lines if line.startswith("export ")]
            with patch.dict(os.environ, dict(word.split("=", 1) for word in words)):
                yield made
        finally:
            made.dockdj("cloud", "reset", "--yes")


def launch(client: Any, count: int) -> None:
    """Launch environments of one instance with the sample application, and wait until they are healthy."""
    client.create_application(ApplicationName="idle")
    for number in range(count):
        client.create_environment(
            ApplicationName="idle", EnvironmentName=f"idle-{number}", SolutionStackName=STACK, OptionSettings=[ENHANCED]
        )
    eventually(lambda: {item["Health"] for item in client.describe_environments()["Environments"]} == {"Green"}, 600)


def server_of(state: Path) -> int:
    """The process id of the cloud's server."""
    return int(json.loads((state / "cloud.json").read_text())["pid"])


def idle_shares(server: int) -> tuple[float, float]:
    """The machine's busy processor seconds per second while the server watches, and while it is paused."""
    watched = busy_share()
    os.kill(server, signal.SIGSTOP)
    try:
        return watched, busy_share()
    finally:
        os.kill(server, signal.SIGCONT)


def busy_share() -> float:
    """The busy processor seconds per second of all processors."""
    before, begin = busy_seconds(), time.perf_counter()
    time.sleep(IDLE_SECONDS)
    return (busy_seconds() - before) / (time.perf_counter() - begin)


def busy_seconds() -> float:
    """The processor seconds since the machine's start in which it was neither idle nor waiting for a disk."""
    fields = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def _beside(name: str, ours: Any, theirs: Any) -> tuple[float, str, float]:
    one, two = alternating(ours, theirs, ROUNDS)
    return one, name, two
