"""The recipe as it was written, found in a clone of today."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.errors import ProjectError
from dockdj.lifecycle.project import base, new
from dockdj.lifecycle.project.new import Answers
from dockdj.model.project.source import RECIPE


def git(folder: Path, *words: str) -> bytes:
    return subprocess.run(["git", "-C", folder, *words], capture_output=True, check=True).stdout


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "more")


def written(root: Path, commit: str) -> dict[str, tuple[bytes, int]]:
    """What the first commit has, without what `new` adds to the recipe."""
    lines = git(root, "ls-tree", "-rz", "--format=%(objectmode) %(path)", commit).decode().split("\0")[:-1]
    pairs = [line.split(" ", 1) for line in lines]
    return {
        path: (git(root, "show", f"{commit}:{path}"), stat.S_IMODE(int(mode, 8)))
        for mode, path in pairs
        if path != RECIPE and not path.endswith(".whl")
    }


@pytest.mark.parametrize("platform", ["docker", "ecs"])
def test_fresh_clone_of_a_changed_project_has_the_recipe_byte_for_byte(tmp_path: Path, platform: str) -> None:
    project = new.new(tmp_path / "shop", Answers("shop", platform))
    pristine = written(project.root, project.commit)

    # Another line of work, files edited and moved, the project renamed, and a merge of both.
    git(project.root, "checkout", "-qb", "feature")
    (project.root / "app/manage.py").write_text("edited\n")
    git(project.root, "mv", "docker", "containers")
    commit(project.root)
    git(project.root, "checkout", "-q", "main")
    file = project.root / "dockdj.toml"
    file.write_text(file.read_text().replace('name = "shop"\n# ', 'name = "store"\n# '))
    (project.root / ".gitattributes").unlink()
    commit(project.root)
    git(project.root, "merge", "-qm", "merge", "feature")
    # Then it becomes one commit of a repository of many projects.
    everything = tmp_path / "everything"
    shutil.copytree(project.root, everything / "services/store", ignore=shutil.ignore_patterns(".git"))
    git(tmp_path, "init", "-q", str(everything))
    commit(everything)

    clones: list[Path] = []
    for source, folder, more in (
        (project.root, ".", ["-c", "core.autocrlf=true"]),
        (project.root, ".", ["--depth", "1"]),
        (everything, "services/store", []),
    ):
        clone = tmp_path / f"clone {len(clones)}"
        git(tmp_path, "clone", "-q", *more, f"file://{source}", str(clone))
        clones.append(clone / folder)
    for root in clones:
        assert project_file.load(root).name == "store"
        assert {file.path: (file.content, file.mode) for file in base.files(root)} == pristine


def test_recipe_and_answers_are_named_in_the_project_file(tmp_path: Path) -> None:
    root = new.new(tmp_path / "web", Answers("shop", "ecs", "sqlite")).root
    recipe = project_file.load(root).recipe
    assert recipe.digest == new.digest()
    assert recipe.answers == {"name": "shop", "platform": "ecs", "database": "sqlite"}


@pytest.mark.parametrize("content", [None, b"", b"version https://git-lfs.github.com/spec/v1\n", b"PK\3\4broken"])
def test_lost_recipe_is_named_with_the_way_to_find_it(tmp_path: Path, content: bytes | None) -> None:
    (tmp_path / "vendor").mkdir()
    if content is not None:
        (tmp_path / RECIPE).write_bytes(content)
    with pytest.raises(ProjectError, match="recipe") as raised:
        base.files(tmp_path)
    assert RECIPE in raised.value.message
    assert raised.value.hint.endswith(f"git log --diff-filter=A -- {RECIPE}")
