"""The smoke suite on a project of the recipe."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.adapters.docker import client as docker
from dockdj.model.release.suites import BackingImage
from tests.recipe.conftest import Shop
from tests.recipe.conftest import docker as run
from tests.support.project import write
from tests.support.smoke import Assembly, titles

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]
SERVICES = ("django", "nginx")
OWN = """\
#!/usr/bin/env python
import os
from urllib.request import urlopen

assert os.environ["ENV_NAME"] == "prod"
with urlopen(os.environ["SMOKE_URL"] + "/readyz") as response:
    print(response.read().decode())
"""


@pytest.fixture
def release(shop: Shop, production: str, tmp_path: Path) -> Iterator[Assembly]:
    """A copy of the project's checkout, for tests to break, and its production images."""
    copy = shop.copy(tmp_path)
    yield Assembly(project_file.load(copy.root), {name: f"{shop.name}/{name}:prod" for name in SERVICES})
    run("image", "rm", *(changed(shop.name, name) for name in SERVICES), check=False)


def changed(project: str, service: str) -> str:
    return f"{project}/{service}:changed"


def derived(release: Assembly, service: str, commands: str) -> Assembly:
    """The same release with one other image."""
    tag = changed(release.project.name, service)
    folder = release.project.root / "changed"
    write(folder, "Dockerfile", f"FROM {release.tags[service]}\nUSER root\n{commands}\nUSER 10001:10001\n")
    run("build", "--quiet", "--tag", tag, "--file", str(folder / "Dockerfile"), str(folder))
    return replace(release, tags={**release.tags, service: tag})


def change(release: Assembly, path: str, text: str, by: str = "") -> None:
    """Replace or remove a text in a file of the checkout."""
    file = release.project.root / path
    assert text in file.read_text()
    file.write_text(file.read_text().replace(text, by))


def test_suite_runs_every_check_on_production_with_its_database(release: Assembly, tmp_path: Path) -> None:
    write(release.project.root, "docker/smoke", OWN)
    (release.project.root / "docker/smoke").chmod(0o755)
    write(release.project.root, "environments/prod/.env", "ENV_NAME=mine\n")
    result = release.smoke(logs=tmp_path)
    assert titles(result) == [
        "backing services: postgres",
        "release process",
        "start: django, nginx",
        "no migration is left",
        "health page",
        "first page",
        "files of the first page",
        "unknown page",
        "logs without errors",
        "docker/smoke",
        "up, and of the images that were built",
        "stop: django, nginx",
    ]
    assert (result.passed, result.skipped) == (12, 0)
    postgres = docker.image("postgres:17")
    assert postgres and result.backing == {"postgres": BackingImage("postgres:17", postgres.config)}
    assert set(result.images) == set(SERVICES)
    assert '"database": "ok"' in (tmp_path / "docker-smoke.log").read_text()
    assert "/static/base/main" in (tmp_path / "nginx.log").read_text()
    assert not release.leftovers()


def test_proxy_that_cannot_resolve_the_application_is_refused(release: Assembly) -> None:
    # Both are slow, and this test needs neither.
    change(release, "environments/prod/Procfile", "release: python manage.py release\n")
    (release.project.root / "app/manage.py").unlink()
    change(release, "docker/django/prod/docker-compose.yml", "      - local\n", "      - other\n")
    misspell = "sed -i s/django:8080/djagno:8080/ /start.sh && /start.sh -t && rm -r /tmp/nginx*"
    refused = derived(release, "nginx", f"RUN {misspell}").refused()
    assert "health page: GET /healthz: status 502" in refused.message
    assert "nginx's last lines" in refused.message and "djagno could not be resolved" in refused.message


MIGRATION = (
    "from django.db import migrations\\n\\n\\nclass Migration(migrations.Migration):\\n"
    '    operations = [migrations.RunSQL("CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)")]\\n'
)


def test_migration_that_productions_database_rejects_is_refused(release: Assembly) -> None:
    folder = "/var/app/app/apps/webroot/migrations"
    files = f"mkdir {folder} && touch {folder}/__init__.py && printf '{MIGRATION}' >{folder}/0001_initial.py"
    refused = derived(release, "django", f"RUN {files}").refused()
    assert "release process: ended with status 1" in refused.message
    assert 'syntax error at or near "AUTOINCREMENT"' in refused.message


def test_variable_missing_in_the_contract_is_named(release: Assembly) -> None:
    change(release, "environments/prod/.env.example", "# required. Which environment this is.\nENV_NAME=prod\n")
    change(release, "docker/django/prod/docker-compose.yml", "      - local\n", "      - other\n")
    assert "ENV_NAME is missing" in release.refused().message
