"""Deployments killed at random moments converge when run again. Run by `make soak`, which prints the seed.

SOAK_ROUNDS and SOAK_SEED choose how often, and repeat a run.
"""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import remove_images
from tests.e2e.conftest import cloud
from tests.support import shop as shops
from tests.support.load import Load
from tests.support.shop import DOCKDJ, Shop

__all__ = ["cloud"]
pytestmark = [pytest.mark.soak, pytest.mark.docker, pytest.mark.cloud]

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "20"))
SEED = int(os.environ.get("SOAK_SEED", str(time.time_ns() % 1_000_000)))
# The duration of a deployment to two instances.
LONGEST_SECONDS = 30.0


@pytest.fixture(scope="module")
def shop(cloud: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Two instances that run 1.0.0, with 1.1.0 published."""
    shop = shops.make(tmp_path_factory.mktemp("soak"), "soak-shop", cloud)
    shop.runs_first_of_two()
    yield shop
    shop.dockdj("terminate", "--yes", check=False)
    remove_images(shop.name)


def test_deployment_killed_at_a_random_moment_converges_and_loses_no_request(shop: Shop) -> None:
    print(f"\nSOAK_SEED={SEED} SOAK_ROUNDS={ROUNDS}")
    chance = random.Random(SEED)
    with Load(shop.url) as load:
        for number in range(ROUNDS):
            version = ("1.1.0", "1.0.0")[number % 2]
            after = chance.uniform(0, LONGEST_SECONDS)
            environment = {**os.environ, **shop.environment}
            process = subprocess.Popen([DOCKDJ, "--quiet", "deploy", version], cwd=shop.root, env=environment)
            try:
                process.wait(after)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            shop.dockdj("deploy", version)
            assert {instance.release for instance in shop.instances()} == {version}, (
                f"round {number}, killed after {after:.2f} s"
            )
    print(f"{ROUNDS} kills, {load.requests:,} requests, {load.failed} failed")
    assert (load.failed, dict(load.failures)) == (0, {})
