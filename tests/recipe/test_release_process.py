"""One migration per deployment: the release process, its lock, and its hook on Elastic Beanstalk."""

import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex

import pytest

from dockdj.adapters import project_file
from dockdj.adapters.compose_file import text_of
from dockdj.lifecycle.bundle import containers
from dockdj.model.beanstalk.containers import pinned
from tests.recipe.conftest import Shop, docker
from tests.support.eventually import eventually

# One worker runs all of them, because the hook's container has a fixed name.
pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

HOOK = ".platform/hooks/predeploy/10_release"


@pytest.fixture
def database(shop: Shop, production: str) -> Iterator[tuple[str, ...]]:
    """Docker options for containers that use a fresh database of the stack's server."""
    postgres, name = shop.container("prod", "postgres"), f"fresh_{token_hex(3)}"
    docker("exec", postgres, "createdb", "-U", "app", name)
    environment = (shop.root / "environments/prod/.env").read_text()
    url = next(line for line in environment.splitlines() if line.startswith("ENV_DATABASE_URL="))
    env_file = ("--env-file", str(shop.root / "environments/prod/.env"))
    yield ("--network", f"{shop.name}-prod_default", *env_file, "-e", f"{url.rsplit('/', 1)[0]}/{name}")
    docker("exec", postgres, "dropdb", "-U", "app", "--force", name)


def test_only_one_of_several_machines_migrates(shop: Shop, database: tuple[str, ...]) -> None:
    command = ["docker", "run", "--rm", *database, f"{shop.name}/django:prod", "/start.sh", "release"]

    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(subprocess.run, command, capture_output=True, text=True, check=False) for _ in range(3)]
        done = [run.result() for run in runs]

    assert [run.returncode for run in done] == [0, 0, 0], [run.stderr for run in done]
    assert sum("Applying contenttypes.0001_initial" in run.stdout for run in done) == 1
    assert sum("No migrations to apply" in run.stdout for run in done) == 2


@pytest.fixture
def staging(shop: Shop, production: str, tmp_path: Path) -> Path:
    """A folder like Elastic Beanstalk's unpacked bundle; the database is a file in the container."""
    released = containers.of_checkout(project_file.load(shop.root), shop.root)
    images = {name: f"{shop.name}/{name}:prod" for name in ("django", "nginx")}
    (tmp_path / "docker-compose.yml").write_text(text_of(pinned(released, images, {})))
    kept = (shop.root / "environments/prod/.env").read_text().replace("ENV_DATABASE_URL=", "UNUSED=")
    (tmp_path / ".env").write_text(f"{kept}ENV_DATABASE_URL=sqlite:////tmp/fresh.sqlite3\n")
    return tmp_path


def run_hook(shop: Shop, staging: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(staging), **variables}
    return subprocess.run([shop.root / HOOK], cwd=staging, env=environment, capture_output=True, text=True, check=False)


def left_over() -> str:
    label = "label=com.docker.compose.project=dockdj-release"
    return docker("ps", "-aq", "--filter", label) + docker("network", "ls", "-q", "--filter", label)


def test_hook_runs_the_release_process_and_removes_its_container(shop: Shop, staging: Path) -> None:
    done = run_hook(shop, staging)

    assert done.returncode == 0, done.stderr
    assert "Applying contenttypes.0001_initial" in done.stdout
    assert left_over() == ""


def test_hook_fails_when_the_release_process_fails(shop: Shop, staging: Path) -> None:
    with (staging / ".env").open("a") as file:
        file.write("ENV_HTTPS=perhaps\n")

    done = run_hook(shop, staging)

    assert done.returncode != 0
    assert "ENV_HTTPS must be true or false" in done.stdout + done.stderr
    assert left_over() == ""


def test_hook_kills_a_release_process_that_takes_too_long(shop: Shop, staging: Path) -> None:
    gateway = docker("network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Gateway}}")
    # A database that accepts connections and never answers.
    with socket.create_server((gateway, 0)) as silence:
        with (staging / ".env").open("a") as file:
            port = silence.getsockname()[1]
            file.write(f"ENV_DATABASE_URL=postgres://a:b@{gateway}:{port}/c?connect_timeout=600\n")
        started = time.monotonic()
        done = run_hook(shop, staging, DOCKDJ_RELEASE_SECONDS="10")

    assert done.returncode != 0
    assert "did not end within 10 s and was killed" in done.stderr
    # Without the limit the hook would have waited ten minutes for the database.
    assert time.monotonic() - started < 300
    eventually(lambda: left_over() == "")
