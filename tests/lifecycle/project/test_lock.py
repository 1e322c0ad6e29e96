"""Locking, with the uv and npm of a project's own images."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.errors import CommandFailed, ProjectError
from dockdj.lifecycle.project import new
from dockdj.lifecycle.project.lock import lock, without_addresses
from dockdj.model.project.project import Project, Recipe
from dockdj.model.project.recipe import LOCK, NPM_LOCK, PRODUCTION
from tests.recipe.conftest import docker
from tests.support import runs


def test_a_lock_has_no_addresses() -> None:
    package = {"version": "1.0.0", "integrity": "sha512-x", "funding": {"url": "https://money.example"}}
    text = json.dumps({"name": "shop", "packages": {"": {"name": "shop"}, "node_modules/a": package}})

    assert json.loads(without_addresses(text))["packages"]["node_modules/a"] == {
        "version": "1.0.0",
        "integrity": "sha512-x",
    }
    assert without_addresses(without_addresses(text)) == without_addresses(text)


def test_the_recipes_locks_have_no_addresses() -> None:
    files = {file.path: file.content.decode() for file in new.render(new.Answers("shop"))}
    for path in (
        LOCK.format(environment=PRODUCTION),
        "environments/dev/requirements.txt",
        NPM_LOCK,
        "docker/django/uv.txt",
    ):
        assert "://" not in files[path], path


def test_lock_refuses_a_project_without_the_recipes_files(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="docker/django/Dockerfile"):
        lock(Project("shop", "1", Recipe("1"), root=tmp_path))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    name = runs.name("locked-")
    made = new.new(tmp_path / name, new.Answers(name))
    yield project_file.load(made.root)
    for stage in ("uv", "npm"):
        docker("image", "rm", "--force", f"{name}/{stage}:lock", check=False)


@pytest.mark.docker
def test_locked_versions_stay_and_new_packages_are_added_with_hashes(project: Project) -> None:
    assert [file.changed for file in lock(project)] == [False, False, False]

    requirements = (project.root / "pyproject.toml").read_text()
    (project.root / "pyproject.toml").write_text(
        requirements.replace("dependencies = [", 'dependencies = [\n    "idna==3.10",', 1)
    )
    package = json.loads((project.root / "package.json").read_text())
    package["devDependencies"]["ms"] = "2.1.3"
    (project.root / "package.json").write_text(json.dumps(package))

    assert [file.changed for file in lock(project)] == [True, True, True]
    for environment in ("prod", "dev"):
        text = (project.root / f"environments/{environment}/requirements.txt").read_text()
        assert "idna==3.10 \\\n    --hash=sha256:" in text
        assert "://" not in text
    packages = json.loads((project.root / NPM_LOCK).read_text())["packages"]
    assert packages["node_modules/ms"]["version"] == "2.1.3"
    assert not [name for name, entry in packages.items() if "resolved" in entry]


@pytest.mark.docker
def test_unresolvable_requirements_change_no_lock(project: Project) -> None:
    before = {path: (project.root / path).read_bytes() for path in (LOCK.format(environment=PRODUCTION), NPM_LOCK)}
    requirements = (project.root / "pyproject.toml").read_text()
    (project.root / "pyproject.toml").write_text(requirements.replace("django>=6.1,<6.2", "django==1.0.0.never"))

    with pytest.raises(CommandFailed) as caught:
        lock(project)

    assert "django" in caught.value.output
    assert {path: (project.root / path).read_bytes() for path in before} == before
