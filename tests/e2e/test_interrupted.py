"""A deployment killed at any step boundary converges when it is run again."""

import json
import os
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from dockdj.adapters.beanstalk.local_cloud import CloudAddress
from tests.support.killed import NOT_REACHED
from tests.support.shop import Shop

pytestmark = [pytest.mark.docker, pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

VERSIONS = ("1.1.0", "1.0.0")
# Observe, register, update: each starts and ends.
BOUNDARIES = 6
EVERY = tuple(range(1, BOUNDARIES + 1))
# Registered and not updated; updated and not logged.
HALF_DONE = (4, 6)


# An interrupt takes the same paths, more gently.
@pytest.mark.parametrize(
    ("signal", "boundaries"),
    [
        ("SIGKILL", HALF_DONE),
        pytest.param("SIGKILL", EVERY, marks=pytest.mark.soak),
        pytest.param("SIGINT", EVERY, marks=pytest.mark.soak),
    ],
)
def test_deployment_killed_at_a_step_boundary_converges_when_run_again(
    pair: Shop, cloud: Path, signal: str, boundaries: tuple[int, ...]
) -> None:
    # The versions alternate, so that every run has every step to do.
    there, back = sorted(VERSIONS, key=lambda version: version == pair.data("status")["release"]["version"])
    for number, version in zip((*boundaries, BOUNDARIES + 1), cycle([there, back]), strict=False):
        forget_version(cloud, pair.name, f"{version}-")
        status = die(pair, signal, number, "deploy", version)
        if number > BOUNDARIES:
            assert status == NOT_REACHED, "there are more boundaries: raise BOUNDARIES"
        else:
            assert status == (-9 if signal == "SIGKILL" else 130)
            pair.dockdj("deploy", version)
        assert pair.get() == f"good morning from {version}"
        assert pair.data("status")["drift"] == []


def die(shop: Shop, signal: str, number: int, *arguments: str) -> int:
    argv = [
        sys.executable,
        "-m",
        "tests.support.killed",
        signal,
        str(number),
        "--",
        "--project",
        str(shop.root),
        *arguments,
    ]
    root = Path(__file__).parents[2]
    return subprocess.run(argv, cwd=root, env={**os.environ, **shop.environment}, capture_output=True).returncode


def forget_version(state: Path, application: str, prefix: str) -> None:
    """Delete a version from the platform, so that the next deployment has every step to do."""
    address = CloudAddress(**json.loads((state / "cloud.json").read_text()))
    client = boto3.client(
        "elasticbeanstalk",
        endpoint_url=address.endpoint,
        region_name=address.region,
        aws_access_key_id=address.access_key,
        aws_secret_access_key=address.secret_key,
    )
    for version in client.describe_application_versions(ApplicationName=application)["ApplicationVersions"]:
        if version["VersionLabel"].startswith(prefix):
            try:
                client.delete_application_version(
                    ApplicationName=application, VersionLabel=version["VersionLabel"], DeleteSourceBundle=True
                )
            except ClientError as error:
                raise AssertionError(f"{version['VersionLabel']} is still in use") from error
