"""One local cloud for all end-to-end tests of a worker, in a temporary state folder."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockdj.localcloud.state import settings
from tests.conftest import remove_images
from tests.support import runs
from tests.support import shop as shops
from tests.support.shop import DOCKDJ, Shop


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of a running local cloud, which is reset afterwards."""
    state = tmp_path_factory.mktemp("cloud")
    runs.add_cloud(settings.cloud_id(state))
    environment = {**os.environ, "DOCKDJ_STATE": str(state)}
    up = subprocess.run([DOCKDJ, "cloud", "up"], env=environment, capture_output=True, text=True)
    assert up.returncode == 0, up.stderr
    try:
        yield state
    finally:
        subprocess.run([DOCKDJ, "cloud", "reset", "--yes"], env=environment, capture_output=True, check=False)


@pytest.fixture(scope="package")
def shop(cloud: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One instance that runs one of two published releases, 1.0.0 and 1.1.0."""
    pair = shops.make(tmp_path_factory.mktemp("pair"), "pair-shop", cloud, instances=1, policy="AllAtOnce")
    pair.runs_first_of_two()
    yield pair
    pair.dockdj("terminate", "--yes", check=False)
    remove_images(pair.name)
