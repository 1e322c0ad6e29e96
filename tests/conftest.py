"""Fixtures for everything that is tested against the real thing."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import HealthCheck, settings

from dockdj.adapters import shell
from dockdj.model.project.project import Project
from tests.support import budget, clients, runs
from tests.support import project as projects
from tests.support.registry import running as running_registry

STARTED = pytest.StashKey[float]()

# A slow machine is no reason to fail an example.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The whole suite runs on workers and tries the same examples every time: a new example would refuse a commit for a
# fault that is much older. A test that is run alone tries new examples.
settings.register_profile("settled", settings.get_profile("patient"), derandomize=True, database=None, print_blob=True)
settings.load_profile("settled" if "PYTEST_XDIST_WORKER" in os.environ or "CI" in os.environ else "patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--budget", type=float, metavar="MINUTES", help="Say at the end how much of this budget was used.")


def pytest_configure(config: pytest.Config) -> None:
    """Give every fixture and program the same Git settings, and remove at the end what the run leaves behind."""
    os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    for role in ("AUTHOR", "COMMITTER"):
        os.environ.update({f"GIT_{role}_NAME": "Dev", f"GIT_{role}_EMAIL": "dev@example.com"})
    if threading.current_thread() is threading.main_thread():
        # A shell's background jobs ignore interrupts, and so would every program that the tests start.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # Without a handler the run would end at once and leave everything behind.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # `nohup` lets the run survive a hang-up. The programs that the tests start must not ignore it for that.
        survives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN or hasattr(config, "workerinput")
        signal.signal(signal.SIGHUP, survive if survives else signal.default_int_handler)
    # Workers belong to the run of the process that started them.
    if not hasattr(config, "workerinput"):
        run = runs.begin()
        os.environ.update({runs.VARIABLE: run.token, "DOCKDJ_CACHE": str(run.cache)})
        config.stash[STARTED] = time.monotonic()
        config.add_cleanup(lambda: end(run))


def survive(number: int, frame: FrameType | None) -> None:
    """Handle a signal by nothing. Unlike an ignored signal, it has its default effect on programs that are started."""


def end(run: runs.Run) -> None:
    """Remove what fixtures could not: an interrupt gives them a few seconds, a kill none."""
    with shell.uninterrupted():
        for left in run.remove():
            print(f"left behind and removed: {left}", file=sys.stderr)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Compare the time that the run took with its budget."""
    if minutes := config.getoption("--budget"):
        seconds = time.monotonic() - config.stash[STARTED]
        terminalreporter.write_line(budget.verdict(seconds, minutes, os.getloadavg()[2], os.cpu_count() or 1))


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Project]:
    """A small releasable project. Its images have its name and are removed afterwards."""
    name = runs.name("tiny")
    folder = tmp_path / name
    folder.mkdir()
    yield projects.make(folder, name)
    remove_images(name)


def remove_images(name: str) -> None:
    """Remove the images whose repository contains this name."""
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


@pytest.fixture
def oldest_clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> clients.Clients:
    """The oldest Compose and Buildx that are supported."""
    return clients.install("oldest", tmp_path / "docker-config", monkeypatch)


@pytest.fixture
def newest_clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> clients.Clients:
    """Compose and Buildx of Debian's next release."""
    return clients.install("newest", tmp_path / "docker-config", monkeypatch)
