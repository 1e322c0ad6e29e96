"""Servers: one for all tests that do not stop it, and a separate one for each test that does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.localcloud.running import Server, server


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path / "cloud") as running:
        yield running
