from pathlib import Path

import pytest

from dockdj.adapters.git import repository as git
from dockdj.adapters.git.transplant import transplant
from dockdj.errors import Refused
from dockdj.model.project.stack_paths import Stack
from tests.support.project import commit, write
from tests.support.project import git as run


@pytest.fixture(params=[("", "sha1"), ("sites/shop", "sha1"), ("", "sha256")], ids=str)
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A project at the top of a repository, with ids of either kind, or in a folder below the top."""
    prefix, ids = request.param
    run(tmp_path, "init", "--quiet", "--initial-branch", "main", f"--object-format={ids}")
    write(tmp_path, "docker/outside.txt", "of the repository, not of the project\n" if prefix else "old\n")
    made = tmp_path / str(prefix)
    made.mkdir(parents=True, exist_ok=True)
    return made


def listing(folder: Path, name: str) -> dict[str, str]:
    return {
        path: run(folder, "show", f"{name}:./{path}")
        for path in run(folder, "ls-tree", "-r", "--name-only", name).split()
    }


def test_commit_has_the_application_of_one_and_the_stack_of_the_other(folder: Path) -> None:
    write(folder, "app.py", "old")
    write(folder, "docker/Dockerfile", "old")
    write(folder, "docker/gone.conf", "old")
    old = commit(folder, "old")
    write(folder, "app.py", "new")
    write(folder, "docker/Dockerfile", "new")
    write(folder, "docker/more/new.conf", "new")
    (folder / "docker/gone.conf").unlink()
    new = commit(folder, "new")
    before = run(folder, "status", "--porcelain"), run(folder, "for-each-ref")
    repository = git.find(folder)

    made = transplant(repository, old, new, Stack().has, "Restack")

    found = listing(folder, made)
    assert {path: found[path] for path in ("app.py", "docker/Dockerfile", "docker/more/new.conf")} == {
        "app.py": "old",
        "docker/Dockerfile": "new",
        "docker/more/new.conf": "new",
    }
    assert "docker/gone.conf" not in found
    assert run(folder, "rev-parse", f"{made}^") == old
    assert (run(folder, "status", "--porcelain"), run(folder, "for-each-ref")) == before
    assert transplant(repository, old, new, Stack().has, "Restack") == made


def test_commit_missing_from_the_clone_is_refused(folder: Path) -> None:
    write(folder, "app.py", "old")
    old = commit(folder, "old")
    with pytest.raises(Refused, match="not in this clone"):
        transplant(git.find(folder), old, "9" * 40, Stack().has, "Restack")
