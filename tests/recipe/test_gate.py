"""The quality gate inside the production build, and the inputs of a build."""

import json
import subprocess
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.adapters.docker import client as engine
from dockdj.lifecycle.build.services import read_services
from dockdj.model.build.bake_definition import BuildOptions, definition
from tests.recipe.conftest import Shop, docker

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

STYLES = "app/apps/base/assets/stylesheets"
FAILING_TEST = "def test_two_and_two():\n    assert 2 + 2 == 5\n"
POSTGRES_TEST = """\
import pytest


@pytest.mark.postgres
def test_postgres():
    raise AssertionError("this is no PostgreSQL")
"""


def bake(shop: Shop, run: str, evidence: Path) -> dict[str, str]:
    services = read_services(project_file.load(shop.root), "prod")
    tags = {service.name: f"{shop.name}/{service.name}:run-{run}" for service in services if service.build}
    text = definition(services, tags, BuildOptions(evidence_folder=str(evidence), test_run=run))
    try:
        return engine.bake(text, root=shop.root)
    finally:
        for tag in tags.values():
            docker("image", "rm", "--force", tag, check=False)


def test_failing_test_stops_the_production_build_and_is_named(shop: Shop, tmp_path: Path) -> None:
    spoilt = shop.copy(tmp_path)
    (spoilt.root / "app/apps/webroot/tests/test_sum.py").write_text(FAILING_TEST)

    done = spoilt.dockdj("image", "build", "prod")

    assert done.returncode == 1, done.stderr
    assert "the quality gate is closed: tests in app/apps/webroot/tests/test_sum.py:2; alone: dockdj test dev" in (
        done.stderr
    )
    assert "assert (2 + 2) == 5" in done.stderr
    assert ".dockdj/evidence/failed" in done.stderr
    kept = spoilt.root / ".dockdj/evidence/failed"
    assert json.loads((kept / "summary.json").read_text())["tests"]["failed"] == 1
    assert "test_two_and_two" in (kept / "junit.xml").read_text()


VIEWS = "app/apps/webroot/views.py"
GUNICORN = "docker/django/prod/gunicorn.conf.py"
BASE = "app/apps/base/templates/base/base.html"
STYLE = "app/apps/base/assets/stylesheets/main.scss"
SCRIPT = "app/apps/base/assets/scripts/main.js"


CHECKS = "docker/assets/checks.mjs"
PRINT = "app/apps/base/static/base/print.css"
MODEL = "app/apps/webroot/models.py"
MIGRATIONS = "app/apps/webroot/migrations/__init__.py"
NOTE = """\
from django.db import models


class Note(models.Model):
    text = models.TextField()

    def __str__(self) -> str:
        return self.text
"""

# Independent mistakes: (file, old text, or empty for a new file, new text, message).
MISTAKES = {
    "application": [
        (VIEWS, "import time\n", "import time\nimport sys\n", f"lint in {VIEWS}:"),
        (BASE, '<html lang="en">', "<html>", f"templates in {BASE}"),
        (SCRIPT, "// ", "var unused = 1;\n// ", f"biome in {SCRIPT}:"),
        (MODEL, None, NOTE, "migrations"),
        (MIGRATIONS, None, "", "migrations"),
        (PRINT, None, 'main {\n  background: url("gone.png");\n}\n', "static files"),
    ],
    "configuration": [
        (GUNICORN, "import sys", "import sys\n\ntimeout = minute", f"lint in {GUNICORN}"),
        (VIEWS, '"Hello', '   "Hello', f"format in {VIEWS}"),
        (STYLE, "@use", '@use "gone";\n@use', f"assets in {STYLE}"),
    ],
    "references": [
        (STYLE, "// ", '.x {\n  background: url("gone.png");\n}\n\n// ', "assets"),
        (BASE, "base/main.css", "base/gone.css", "tests"),
        # A check that only the project defines.
        (CHECKS, "  assets: [", '  own: ["node", "--eval", "process.exit(3)"],\n  assets: [', "own"),
    ],
}


@pytest.mark.parametrize("mistakes", MISTAKES.values(), ids=MISTAKES)
def test_each_failing_check_stops_the_build(
    shop: Shop, tmp_path: Path, mistakes: list[tuple[str, str | None, str, str]]
) -> None:
    spoilt = shop.copy(tmp_path)
    for path, old, new, _ in mistakes:
        file = spoilt.root / path
        file.parent.mkdir(exist_ok=True)
        text = "" if old is None else file.read_text()
        assert old is None or old in text
        file.write_text(new if old is None else text.replace(old, new, 1))

    done = spoilt.dockdj("image", "build", "prod")

    assert done.returncode == 1, done.stderr
    summary = next(line for line in done.stderr.splitlines() if "the quality gate is closed: " in line)
    assert [check for *_, check in mistakes if check not in summary] == []
    assert "; alone: dockdj " in summary
    failed = json.loads((spoilt.root / ".dockdj/evidence/failed/summary.json").read_text())["checks"]
    assert {check["name"] for check in failed if check["exit"]} >= {check.split(" in ")[0] for *_, check in mistakes}


def test_another_test_run_tests_again_and_leaves_the_images_unchanged(shop: Shop, tmp_path: Path) -> None:
    first = bake(shop, "first", tmp_path / "first")
    second = bake(shop, "second", tmp_path / "second")

    assert first == second
    assert set(first) == {"django", "nginx"}
    times = [(tmp_path / run / "junit.xml").read_text() for run in ("first", "second")]
    assert times[0] != times[1]


def test_evidence_of_a_failing_run_can_be_exported(shop: Shop, tmp_path: Path) -> None:
    spoilt = shop.copy(tmp_path)
    (spoilt.root / "app/apps/webroot/tests/test_sum.py").write_text(FAILING_TEST)
    (spoilt.root / "app/apps/webroot/tests/test_postgres.py").write_text(POSTGRES_TEST)
    build = ("build", "-q", "-f", "docker/django/Dockerfile", "--target", "evidence", "--output", "out", ".")

    subprocess.run(["docker", *build], cwd=spoilt.root, check=True, capture_output=True)

    summary = json.loads((spoilt.root / "out/summary.json").read_text())
    assert summary["exit"] == 1
    assert (summary["tests"]["failed"], summary["tests"]["skipped"]) == (1, 1)
    assert summary["tests"]["passed"] >= 5
    assert {check["name"]: check["exit"] for check in summary["checks"]} == {
        "biome": 0,
        "assets": 0,
        "lint": 0,
        "format": 0,
        "templates": 0,
        "migrations": 0,
        "settings": 0,
        "gunicorn": 0,
        "static files": 0,
        "tests": 1,
    }
    assert "test_two_and_two" in (spoilt.root / "out/junit.xml").read_text()


def test_checkout_without_read_permission_for_others_gives_working_images(shop: Shop, tmp_path: Path) -> None:
    closed = shop.copy(tmp_path)
    for path in closed.root.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
    files = {
        "prod": "cat /etc/gunicorn/gunicorn.conf.py /var/app/Procfile && python -c 'import project.wsgi' && ls dist",
        "nginx": "cat /etc/nginx/conf.d/default.conf && /start.sh -t && cat /srv/static/staticfiles.json",
    }
    variables = ("--env-file", str(shop.root / "docker/django/build.env"))
    for target, reading in files.items():
        tag = f"{shop.name}/{target}:closed"
        build = ("build", "-q", "-f", "docker/django/Dockerfile", "--target", target, "-t", tag, ".")
        subprocess.run(["docker", *build], cwd=closed.root, check=True, capture_output=True)
        try:
            docker("run", "--rm", "--read-only", "--tmpfs", "/tmp", *variables, tag, "sh", "-c", reading)
        finally:
            docker("image", "rm", tag)


def test_no_secret_of_this_machine_is_in_an_image(shop: Shop) -> None:
    assert shop.dockdj("image", "build", "prod").returncode == 0
    assert docker("run", "--rm", f"{shop.name}/django:prod", "find", "/var/app", "-name", ".env*") == ""
    values = [
        line.split("=", 1)[1]
        for line in (shop.root / "environments/prod/.env").read_text().splitlines()
        if line.startswith(("ENV_SECRET_KEY=", "POSTGRES_PASSWORD="))
    ]
    history = docker("history", "--no-trunc", f"{shop.name}/django:prod")
    assert len(values) == 2
    assert not [value for value in values if value in history]


def test_debian_package_is_added_with_one_line(shop: Shop, tmp_path: Path) -> None:
    changed = shop.copy(tmp_path)
    with (changed.root / "docker/django/packages.txt").open("a") as packages:
        packages.write("tree  # shows folders\n")
    tag = f"{shop.name}/base:test"
    build = ("build", "-q", "-f", "docker/django/Dockerfile", "--target", "base", "-t", tag, ".")
    subprocess.run(["docker", *build], cwd=changed.root, check=True, capture_output=True)
    try:
        assert docker("run", "--rm", tag, "tree", "--version").startswith("tree")
    finally:
        docker("image", "rm", tag)
