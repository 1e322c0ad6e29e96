"""A server that is killed at random moments of updates: afterwards the described state is the real one.

SOAK_ROUNDS and SOAK_SEED choose how often each policy runs, and repeat a run.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dockdj.localcloud.contract import Policy
from dockdj.localcloud.fleet import registry
from dockdj.localcloud.http import client
from dockdj.localcloud.state import settings
from tests.e2e.conftest import cloud
from tests.localcloud.fleet import bundles
from tests.localcloud.running import ENHANCED, STACK, boto, described, option
from tests.support.eventually import eventually
from tests.support.load import Load
from tests.support.shop import DOCKDJ

__all__ = ["cloud"]
pytestmark = [pytest.mark.soak, pytest.mark.docker, pytest.mark.cloud]

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "5"))
SEED = int(os.environ.get("SOAK_SEED", str(time.time_ns() % 1_000_000)))
# The duration of the longest update without an evaluation.
LONGEST_SECONDS = 30.0
COMMAND = "elasticbeanstalk:command"
PROCESS = "elasticbeanstalk:environment:process:default"


@dataclass(frozen=True)
class Killable:
    """A cloud with an environment of two instances, and versions that answer with their releases 1 and 2."""

    folder: Path

    def boto(self, service: str) -> Any:
        return boto(settings.load(self.folder), service)

    def kill(self) -> None:
        """Kill the server and start the cloud again."""
        pulse = client.ping(self.folder)
        assert pulse
        os.kill(pulse.pid, signal.SIGKILL)
        self.up()

    def up(self) -> None:
        environment = {**os.environ, "DOCKDJ_STATE": str(self.folder)}
        subprocess.run([DOCKDJ, "cloud", "up"], env=environment, capture_output=True, check=True)


@pytest.fixture(scope="module")
def killable(cloud: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killable]:
    killable = Killable(cloud)
    port = registry.port(settings.cloud_id(cloud))
    beanstalk, storage = killable.boto("elasticbeanstalk"), killable.boto("s3")
    bucket = beanstalk.create_storage_location()["S3Bucket"]
    beanstalk.create_application(ApplicationName="killed")
    for release in ("1", "2"):
        image = bundles.push(f"127.0.0.1:{port}", release)
        path = bundles.bundle(tmp_path_factory.mktemp("bundles") / f"{release}.zip", image)
        storage.put_object(Bucket=bucket, Key=f"{release}.zip", Body=path.read_bytes())
        beanstalk.create_application_version(
            ApplicationName="killed",
            VersionLabel=f"v{release}",
            SourceBundle={"S3Bucket": bucket, "S3Key": f"{release}.zip"},
        )
    options = {
        ("autoscaling:asg", "MinSize"): "2",
        (COMMAND, "BatchSizeType"): "Fixed",
        (COMMAND, "BatchSize"): "1",
        (PROCESS, "HealthCheckPath"): "/health",
        (PROCESS, "DeregistrationDelay"): "1",
    }
    beanstalk.create_environment(
        ApplicationName="killed",
        EnvironmentName="killed",
        VersionLabel="v1",
        SolutionStackName=STACK,
        OptionSettings=[ENHANCED, *(option(*key, value) for key, value in options.items())],
    )
    settled(beanstalk)
    yield killable
    for release in ("1", "2"):
        bundles.docker("image", "rm", "--force", f"127.0.0.1:{port}/application:{release}")


def settled(beanstalk: Any) -> Mapping[str, Any]:
    """The description of the environment when no operation runs and it is healthy."""

    def healthy() -> bool:
        environment = described(beanstalk, "killed")
        return (environment["Status"], environment["Health"]) == ("Ready", "Green")

    eventually(healthy, seconds=300)
    return described(beanstalk, "killed")


@pytest.mark.parametrize("policy", Policy)
def test_described_state_is_the_real_one_after_a_kill(killable: Killable, policy: Policy) -> None:
    print(f"\nSOAK_SEED={SEED} SOAK_ROUNDS={ROUNDS} {policy}")
    chance = random.Random(f"{SEED} {policy}")
    beanstalk = killable.boto("elasticbeanstalk")
    beanstalk.update_environment(EnvironmentName="killed", OptionSettings=[option(COMMAND, "DeploymentPolicy", policy)])
    environment = settled(beanstalk)
    with Load(f"http://{environment['CNAME']}") as load:
        for number in range(ROUNDS):
            label = "v2" if environment["VersionLabel"] == "v1" else "v1"
            after = chance.uniform(0, LONGEST_SECONDS)
            beanstalk.update_environment(EnvironmentName="killed", VersionLabel=label)
            time.sleep(after)
            killable.kill()
            beanstalk = killable.boto("elasticbeanstalk")
            environment = settled(beanstalk)
            place = f"round {number}, killed after {after:.2f} s"
            assert deployed(beanstalk) == [environment["VersionLabel"]] * 2, place
            assert volumes(environment["EnvironmentId"]) == 2, place
    print(f"{policy}: {ROUNDS} kills, {load.requests:,} requests, {load.failed} failed: {dict(load.failures)}")
    assert policy == Policy.ALL_AT_ONCE or (load.failed, dict(load.failures)) == (0, {})


def deployed(beanstalk: Any) -> list[str]:
    """The version of each instance."""
    health = beanstalk.describe_instances_health(EnvironmentName="killed", AttributeNames=["Deployment"])
    return [instance["Deployment"]["VersionLabel"] for instance in health["InstanceHealthList"]]


def volumes(environment_id: str) -> int:
    """The number of the environment's volumes: each instance has one."""
    label = ("--filter", f"label=org.dockdj.environment={environment_id}")
    return len(bundles.docker("volume", "ls", "--quiet", *label).split())
