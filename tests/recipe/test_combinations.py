"""Every combination of answers gives a project that builds, passes its checks, and serves."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.recipe.conftest import Shop, docker, get
from tests.support import runs

PLATFORMS = ("docker", "ecs")
DATABASES = ("postgres", "sqlite")
# All other tests use docker and postgres, e2e/test_ecs.py ecs and postgres. What ecs and sqlite change does not meet.
OTHERS = [
    pytest.param(("docker", "sqlite"), id="docker-sqlite"),
    pytest.param(("ecs", "sqlite"), id="ecs-sqlite", marks=pytest.mark.soak),
]


def new(folder: Path, platform: str, database: str, name: str, **changes: str) -> Path:
    """Type `dockdj new` with these answers."""
    words = ("new", str(folder), "--name", name, "--platform", platform, "--database", database, "--defaults")
    argv = [sys.executable, "-m", "dockdj.cli.main", *words]
    subprocess.run(argv, check=True, capture_output=True, env={**os.environ, **changes}, timeout=600)
    return folder


@pytest.fixture(params=OTHERS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    platform, database = request.param
    shop = Shop(new(tmp_path / runs.name(f"{platform}-{database}-"), platform, database, runs.name("mix-")))
    named = Shop(shop.root.rename(tmp_path / (shop.root / "dockdj.toml").read_text().split('"')[1]))
    yield named
    for environment in ("dev", "prod"):
        named.dockdj("stop", environment)
        docker("volume", "rm", "--force", f"{named.name}-{environment}_postgres", check=False)
        named.dockdj("image", "destroy", environment)


@pytest.mark.docker
def test_project_builds_and_serves_in_development_and_production(made: Shop) -> None:
    development = made.start("dev")
    status, page = get(development)
    assert (status, made.name in page) == (200, True)
    assert get(f"{development}readyz")[0] == 200
    assert made.dockdj("stop", "dev").returncode == 0

    production = made.start("prod")
    status, page = get(production)
    assert (status, made.name in page) == (200, True)
    assert json.loads(get(f"{production}readyz")[1])["status"] == "ok"
    assert docker("exec", made.container("prod", "django"), "cat", "/checks-passed") == "passed"


@pytest.mark.parametrize(("platform", "database"), list(product(PLATFORMS, DATABASES)))
def test_equal_answers_give_equal_bytes_on_another_day_and_machine(
    tmp_path: Path, platform: str, database: str
) -> None:
    here = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}
    there = {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "2",
        "HOME": str(tmp_path),
        "GIT_AUTHOR_DATE": "2031-02-03T04:05:06",
        "GIT_COMMITTER_DATE": "2031-02-03T04:05:06",
    }
    trees = []
    for number, changes in enumerate((here, there)):
        before = os.umask(0o022 if number else 0o077)
        try:
            root = new(tmp_path / str(number), platform, database, "same", **changes)
        finally:
            os.umask(before)
        asked = ["git", "-C", str(root), "rev-parse", "HEAD^{tree}"]
        trees.append(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
    assert trees[0] == trees[1]
