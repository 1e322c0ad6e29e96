"""Fixtures for everything that is tested against the real thing."""

import json
import os
import signal
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from dockdj.model.project.project import Project
from tests.support import project as projects
from tests.support.registry import running as running_registry

# How long an example takes is the machine's load, and no verdict.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The whole suite, which runs on workers, says of one commit always the same: an example that chance finds is about code
# of long ago, and would refuse whatever happens to be new. Whoever runs a test by itself looks for new examples.
settings.register_profile("settled", settings.get_profile("patient"), derandomize=True, database=None, print_blob=True)
settings.load_profile("settled" if "PYTEST_XDIST_WORKER" in os.environ or "CI" in os.environ else "patient")


def pytest_configure(config: pytest.Config) -> None:
    """Git knows who works here, for every fixture and program, and reads nothing of the machine's own settings."""
    os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    if "DOCKDJ_CACHE" not in os.environ:
        # Inventories that an earlier run took must not answer for this one's; workers share the first process's.
        cache = tempfile.TemporaryDirectory(prefix="dockdj-test-cache-")
        config.add_cleanup(cache.cleanup)
        os.environ["DOCKDJ_CACHE"] = cache.name
    # Whoever starts tests in a shell's background has them ignore interrupts, and every program they start.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for role in ("AUTHOR", "COMMITTER"):
        os.environ.update({f"GIT_{role}_NAME": "Dev", f"GIT_{role}_EMAIL": "dev@example.com"})


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Project]:
    """A small releasable project with a name, and so images, of its own; they are removed afterwards."""
    name = f"tiny{uuid.uuid4().hex[:8]}"
    folder = tmp_path / name
    folder.mkdir()
    yield projects.make(folder, name)
    remove_images(name)


def remove_images(name: str) -> None:
    """Remove the images a test made: those whose repository has this name in it."""
    listed = subprocess.run(
        ["docker", "image", "ls", "--format", "{{json .}}"], capture_output=True, text=True, check=False
    ).stdout
    images = [json.loads(line) for line in listed.splitlines()]
    own = [f"{image['Repository']}:{image['Tag']}" for image in images if name in image["Repository"]]
    if own:
        subprocess.run(["docker", "image", "rm", "--force", *own], capture_output=True, check=False)


@pytest.fixture(scope="session")
def registry() -> Iterator[str]:
    """host:port of a real image registry, gone afterwards."""
    with running_registry() as address:
        yield address
