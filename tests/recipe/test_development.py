"""Development: live code after one command in a fresh clone."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.lifecycle.environments import containers, host_ports
from tests.recipe.conftest import Shop, docker, get
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]


def test_one_command_starts_a_fresh_clone_and_edits_show(shop: Shop, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", shop.root, tmp_path / shop.name], check=True)
    clone = Shop(tmp_path / shop.name)
    assert not (clone.root / "environments/dev/.env").exists()
    try:
        url = clone.start("dev")
        assert "Hello from" in get(url)[1]

        clone.edit("app/apps/webroot/views.py", "Hello from", "Changed live in")
        eventually(lambda: "Changed live in" in get(url)[1])
        clone.edit("app/apps/base/assets/stylesheets/_tokens.scss", "44rem", "45rem")
        eventually(lambda: "45rem" in get(f"{url}static/base/main.css")[1])

        docker("exec", clone.container("dev", "django"), "touch", "made-inside")
        created = clone.root / "app/made-inside"
        assert (created.stat().st_uid, created.stat().st_gid) == (os.getuid(), os.getgid())

        # Cloned again: the volume still exists, the secrets are new.
        clone.dockdj("stop", "dev")
        (clone.root / "environments/dev/.env").unlink()
        assert get(f"{clone.start('dev')}readyz")[0] == 200
    finally:
        stopped = clone.dockdj("stop", "dev")
        docker("volume", "rm", f"{clone.name}-dev_postgres")
        shutil.rmtree(clone.root)
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
