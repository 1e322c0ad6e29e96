"""One local cloud for all end-to-end tests of a worker, in a temporary state folder."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockdj.localcloud.state import settings
from tests.conftest import remove_images
from tests.support import other_layout, runs
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
def pair(cloud: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A small project with a layout of its own: 1.0.0 runs, and 1.1.0 is published, whose compose file has moved."""
    shop = other_layout.make(tmp_path_factory.mktemp("pair"), cloud)
    shop.dockdj("create")
    shop.release("1.0.0")
    other_layout.move_compose_file(shop, "ops/compose.yaml")
    shop.release("1.1.0")
    shop.dockdj("deploy", "1.0.0")
    yield shop
    shop.dockdj("terminate", "--yes", check=False)
    remove_images(shop.name)
