"""Development: live code after one command in a fresh clone."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.lifecycle.environments import containers, host_ports
from tests.recipe.conftest import Shop, docker, get
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

# A user whom this machine does not know. Only root can become another one.
USER = 54321
# Variables that would lead back to this checkout, or to the home of who runs the tests.
OWN = ("DOCKDJ_", "GIT_", "PYTHON", "UV_", "VIRTUAL_ENV", "XDG_")


@dataclass(frozen=True)
class Colleague(Shop):
    """A project in another user's home, and what that user types in it."""

    home: Path
    user: int

    def types(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, with `bin` in the home and the system's programs on PATH."""
        socket_file = Path("/var/run/docker.sock")
        groups = str(socket_file.stat().st_gid if socket_file.exists() else self.user)
        become = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", f"--groups={groups}"]
        docker_folder = str(Path(shutil.which("docker") or "").parent)
        path = os.pathsep.join((str(self.home / "bin"), "/usr/bin", "/bin", docker_folder))
        environment = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
        environment |= {"PATH": path, "HOME": str(self.home), "USER": "colleague", "LOGNAME": "colleague"}
        argv = [*(become if self.user != os.getuid() else ()), *words]
        folder = self.root if self.root.exists() else self.home
        return subprocess.run(
            argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=1800, check=False
        )

    def dockdj(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Type `bin/dockdj WORDS` in the project."""
        return self.types("bin/dockdj", *words)


@pytest.fixture
def colleague(shop: Shop) -> Iterator[Colleague]:
    """A clone in the home of another user, who has Docker, Git and uv, and no Dockdj."""
    with tempfile.TemporaryDirectory(prefix="home-", dir="/tmp") as folder:
        home = Path(folder)
        subprocess.run(["git", "clone", "-q", "--bare", shop.root, home / "shop.git"], check=True)
        (home / "bin").mkdir()
        shutil.copy2(Path(sys.executable).parent / "uv", home / "bin/uv")
        user = USER if os.getuid() == 0 else os.getuid()
        if user != os.getuid():
            for path in (home, *home.rglob("*")):
                os.chown(path, user, user)
        colleague = Colleague(home / shop.name, home, user)
        assert colleague.types("git", "clone", "-q", str(home / "shop.git"), str(colleague.root)).returncode == 0
        yield colleague


def test_one_command_starts_a_fresh_clone_of_another_user_and_edits_show(colleague: Colleague) -> None:
    clone = colleague
    assert not (clone.root / "environments/dev/.env").exists()
    assert clone.types("sh", "-c", "command -v dockdj").returncode != 0
    try:
        started = clone.types("bin/stevedore", "dev", "start", "--json")
        assert started.returncode == 0, started.stderr
        url = str(json.loads(started.stdout)["data"]["url"])
        assert "Hello from" in get(url)[1]

        clone.edit("app/apps/webroot/views.py", "Hello from", "Changed live in")
        eventually(lambda: "Changed live in" in get(url)[1])
        clone.edit("app/apps/base/assets/stylesheets/_tokens.scss", "44rem", "45rem")
        eventually(lambda: "45rem" in get(f"{url}static/base/main.css")[1])

        docker("exec", clone.container("dev", "django"), "touch", "made-inside")
        created = clone.root / "app/made-inside"
        assert (created.stat().st_uid, created.stat().st_gid) == (clone.user, clone.root.stat().st_gid)

        # Cloned again: the volume still exists, the secrets are new. Nothing is installed again.
        clone.dockdj("stop", "dev")
        (clone.root / "environments/dev/.env").unlink()
        (clone.home / "bin/uv").unlink()
        assert get(f"{clone.start('dev')}readyz")[0] == 200
    finally:
        stopped = clone.dockdj("stop", "dev")
        docker("volume", "rm", f"{clone.name}-dev_postgres")
    assert "stopped: assets, django, postgres" in stopped.stdout


def test_two_projects_run_side_by_side(shop: Shop, tmp_path: Path) -> None:
    other = Shop(shutil.copytree(shop.root, tmp_path / f"{shop.name}-too"))
    other.edit("dockdj.toml", f'name = "{shop.name}"', f'name = "{other.name}"')
    other.edit("app/apps/webroot/views.py", "Hello from", "Hello too from")
    try:
        urls = {each: each.start("dev") for each in (shop, other)}
        assert "Hello too from" not in get(urls[shop])[1]
        assert "Hello too from" in get(urls[other])[1]

        shop.dockdj("stop", "dev")
        assert "Hello too from" in get(urls[other])[1]
    finally:
        for each in (shop, other):
            each.dockdj("stop", "dev")
        docker("volume", "rm", f"{other.name}-dev_postgres")
        other.dockdj("image", "destroy", "dev")


def test_logs_of_one_service_have_no_other_services_lines(shop: Shop, production: str) -> None:
    done = shop.dockdj("logs", "prod", "django")

    assert done.returncode == 0
    assert "Starting gunicorn" in done.stdout
    assert "postgres" not in done.stdout
    assert shop.dockdj("logs", "prod", "nothing").returncode == 2


def test_start_on_a_taken_port_exits_with_4_and_starts_nothing(shop: Shop) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        done = shop.dockdj("start", "dev", "--detach", "--port", str(taken.getsockname()[1]))

    assert done.returncode == 4
    assert "is taken" in done.stderr
    assert docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={shop.name}-dev") == ""


def test_port_taken_during_the_build_is_skipped(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Another program takes the port after `choose` chose it and before the start."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        choices = iter([{host_ports.APPLICATION: taken.getsockname()[1]}])
        choose = host_ports.choose
        monkeypatch.setattr(host_ports, "choose", lambda *given: next(choices, None) or choose(*given))
        request.addfinalizer(lambda: shop.dockdj("stop", "dev"))
        running = containers.start(project_file.load(shop.root), "dev")

    assert get(f"{running.url}healthz")[0] == 200
    assert list(running.urls) == ["application", "assets"]
    # Pages name the asset server's real address.
    assert f"{running.urls['assets']}static/base/main.css" in get(running.url)[1]


def test_start_shows_the_last_lines_of_an_application_that_cannot_start(shop: Shop, tmp_path: Path) -> None:
    spoilt = shop.copy(tmp_path)
    spoilt.edit("environments/dev/Procfile", "web: python", "web: python -c 'import sys; sys.exit(\"no luck\")'")
    try:
        done = spoilt.dockdj("start", "dev", "--detach")
    finally:
        spoilt.dockdj("stop", "dev")
        docker("volume", "rm", f"{spoilt.name}-dev_postgres")

    assert done.returncode == 5
    assert "django is exited (1); its last lines:\nno luck" in done.stderr
    assert "dockdj logs dev django" in done.stderr


def test_all_missing_variables_are_named_before_anything_starts(shop: Shop, tmp_path: Path) -> None:
    spoilt = shop.copy(tmp_path)
    file = spoilt.root / "environments/dev/.env"
    kept = [line for line in file.read_text().splitlines() if "SECRET_KEY" not in line and "ALLOWED" not in line]
    file.write_text("\n".join(kept) + "\n")

    done = spoilt.dockdj("start", "dev", "--detach")

    assert done.returncode == 1
    assert "lacks ENV_SECRET_KEY, ENV_ALLOWED_HOSTS" in done.stderr
    assert docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={spoilt.name}-dev") == ""


def test_unknown_environment_is_refused_with_a_list_of_the_existing(shop: Shop) -> None:
    for verb in ("start", "stop", "logs"):
        done = shop.dockdj(verb, "staging")
        assert done.returncode == 2
        assert "environments: dev, prod" in done.stderr
