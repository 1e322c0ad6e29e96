"""A run of the tests leaves nothing behind, whatever ends it. The runs here are small ones inside this run."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dockdj.adapters import processes
from dockdj.adapters.machine import owner
from tests.support import runs
from tests.support.eventually import eventually

ROOT = Path(__file__).parents[2]
# The inner runs use the hooks of this repository's tests and keep their records in TMPDIR.
CONFTEST = "from tests.conftest import pytest_addoption, pytest_configure\n"
# Starts a server that no signal of a terminal reaches, and waits to be interrupted.
TEST = """
import subprocess, time
from pathlib import Path

def test_with_a_server():
    server = subprocess.Popen(["sleep", "600"], start_new_session=True)
    Path({file!r}).write_text(str(server.pid))
    time.sleep(600)
"""
SERVER = b"sleep\x00600\x00"
Starter = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """A function that starts a run whose test starts a server and waits; the fixture ends all of them."""
    started: list[subprocess.Popen[bytes]] = []

    def start_run(*options: str) -> subprocess.Popen[bytes]:
        (tmp_path / "conftest.py").write_text(CONFTEST)
        (tmp_path / "test_server.py").write_text(TEST.format(file=str(tmp_path / "server")))
        argv = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, str(tmp_path / "test_server.py")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
        with (tmp_path / "output").open("wb") as output:
            process = subprocess.Popen(
                argv, env=environment, cwd=tmp_path, stdout=output, stderr=output, start_new_session=True
            )
        started.append(process)
        eventually(lambda: process.poll() is not None or server_of(tmp_path))
        assert process.poll() is None, (tmp_path / "output").read_text()
        return process

    yield start_run
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if server := server_of(tmp_path):
        with suppress(ProcessLookupError):
            os.kill(server, signal.SIGKILL)


def server_of(folder: Path) -> int:
    """The process of the server, 0 before it is started."""
    file = folder / "server"
    return int(file.read_text() or 0) if file.exists() else 0


def lives(process: int) -> bool:
    """Tell if a server runs. A zombie does not, and another process may have its id by now."""
    with suppress(OSError):
        return processes.read(process) is not None and (Path(f"/proc/{process}") / "cmdline").read_bytes() == SERVER
    return False


def recorded(folder: Path) -> list[Path]:
    return list(folder.glob("dockdj-test-runs-*/*"))


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["alone", "with workers"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_ends_its_servers(
    start: Starter, tmp_path: Path, number: signal.Signals, options: tuple[str, ...]
) -> None:
    process = start(*options)
    os.killpg(process.pid, number)
    assert process.wait(120) == pytest.ExitCode.INTERRUPTED
    assert not lives(server_of(tmp_path))
    assert recorded(tmp_path) == []
    assert "left behind and removed: process sleep 600" in (tmp_path / "output").read_text()


def test_next_run_ends_the_servers_of_a_killed_run(start: Starter, tmp_path: Path) -> None:
    process = start()
    process.kill()
    process.wait()
    server = server_of(tmp_path)
    assert lives(server)
    runs.begin(*tmp_path.glob("dockdj-test-runs-*"))
    assert not lives(server)


def test_next_run_leaves_a_living_run_alone(start: Starter, tmp_path: Path) -> None:
    process = start()
    before = recorded(tmp_path)
    runs.begin(*tmp_path.glob("dockdj-test-runs-*"))
    assert lives(server_of(tmp_path)) and process.poll() is None
    assert set(before) < set(recorded(tmp_path))


def test_names_hold_the_runs_token_and_differ() -> None:
    token = os.environ[runs.VARIABLE]
    names = {runs.name("shop-") for _ in range(20)}
    assert len(names) == 20
    assert all(name.startswith(f"shop-{token}") for name in names)
    assert not set(token) & set("0123456789abcdef")


@pytest.mark.docker
def test_next_run_removes_the_docker_objects_of_a_dead_run_and_no_others(tmp_path: Path) -> None:
    dead, other = runs.begin(tmp_path), runs.begin(tmp_path)
    (dead.folder / "clouds").write_text(f"{dead.token}-cloud\n")
    for run in (dead, other):
        (run.folder / "uses-docker").touch()
        create(run.token)
    try:
        (dead.folder / "owner").write_text(owner().rpartition(":")[0] + ":99999999999")
        runs.begin(tmp_path)
        assert listed(dead.token) == []
        assert len(listed(other.token)) == 5
        assert docker("image", "inspect", "--format", "{{.Id}}", "debian:trixie-slim")
    finally:
        left = other.remove()
    assert len(left) == 5
    assert listed(other.token) == []


def create(token: str) -> None:
    """Create an image, a network, a volume and a container with the token, and a container with a cloud's label."""
    docker("tag", "debian:trixie-slim", f"shop-{token}/django:prod")
    docker("network", "create", f"shop-{token}")
    docker("volume", "create", f"shop-{token}")
    docker("run", "--detach", "--name", f"shop-{token}", f"shop-{token}/django:prod", "sleep", "600")
    docker("create", "--label", f"org.dockdj.cloud={token}-cloud", "debian:trixie-slim", "true")


def listed(token: str) -> list[str]:
    """The engine's objects of a run, a line for each."""
    return [
        line
        for listing in runs.OBJECTS
        for line in docker(*listing, "--format", "{{json .}}").splitlines()
        if token in line
    ]


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout.strip()
