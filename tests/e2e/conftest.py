"""One local cloud for all end-to-end tests of a worker, in a state folder of its own."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.shop import DOCKDJ


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of a running local cloud, removed with all it holds afterwards."""
    state = tmp_path_factory.mktemp("cloud")
    environment = {**os.environ, "DOCKDJ_STATE": str(state)}
    up = subprocess.run([DOCKDJ, "cloud", "up"], env=environment, capture_output=True, text=True)
    assert up.returncode == 0, up.stderr
    try:
        yield state
    finally:
        subprocess.run([DOCKDJ, "cloud", "reset", "--yes"], env=environment, capture_output=True, check=False)
