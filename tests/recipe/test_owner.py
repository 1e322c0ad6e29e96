"""Files that development creates belong to the developer, with any user id."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.lifecycle.environments import containers, processes
from dockdj.lifecycle.project import new
from dockdj.model.project.project import Project
from tests.recipe.conftest import docker
from tests.support import runs
from tests.support.eventually import eventually

pytestmark = [
    pytest.mark.docker,
    pytest.mark.xdist_group("recipe"),
    pytest.mark.skipif(os.getuid() != 0, reason="only root can give files to somebody else"),
]

SOMEBODY = 12345
MODEL = '''"""Notes."""

from django.db import models


class Note(models.Model):
    """A note."""

    text = models.TextField()

    def __str__(self) -> str:
        return self.text
'''


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project of another user, for whom dockdj works."""
    name = runs.name("theirs-")
    root = new.new(tmp_path / name, new.Answers(name)).root
    (root / "app/apps/webroot/migrations").mkdir()
    (root / "app/apps/webroot/migrations/__init__.py").touch()
    (root / "app/apps/webroot/models.py").write_text(MODEL)
    for path in (root, *root.rglob("*")):
        os.chown(path, SOMEBODY, SOMEBODY)
    monkeypatch.setattr(os, "getuid", lambda: SOMEBODY)
    monkeypatch.setattr(os, "getgid", lambda: SOMEBODY)
    project = project_file.load(root)
    yield project
    containers.stop(project, "dev")
    docker("volume", "rm", "--force", f"{name}-dev_postgres", check=False)
    docker("image", "rm", "--force", f"{name}/django:dev", f"{name}/assets:dev", check=False)


def test_built_assets_and_migrations_belong_to_the_projects_owner(theirs: Project) -> None:
    containers.start(theirs, "dev")
    place = processes.prepare(theirs, "dev")
    assert processes.capture(place, processes.management(theirs, ("makemigrations", "webroot"))).status == 0

    built = theirs.root / "app/build/base/main.css"
    eventually(built.is_file)
    migration = theirs.root / "app/apps/webroot/migrations/0001_initial.py"
    for path in (built, built.parent, migration):
        assert (path.stat().st_uid, path.stat().st_gid) == (SOMEBODY, SOMEBODY), path
    # No process writes files any more.
    containers.stop(theirs, "dev")
    strangers = [path for path in theirs.root.rglob("*") if path.stat().st_uid != SOMEBODY]
    assert strangers == []
