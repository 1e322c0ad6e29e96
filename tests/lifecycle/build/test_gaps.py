"""Files that a build gets otherwise than their authors see them. gitattributes(5); Git LFS specification."""

from pathlib import Path

import pytest

from dockdj.adapters.git import repository as git
from dockdj.adapters.git.worktree import worktree
from dockdj.events import Event, Warned
from dockdj.lifecycle.build import gaps
from tests.support.project import commit, write
from tests.support.project import git as run

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "4d7a2146" * 8 + "\nsize 12345\n"


@pytest.fixture(params=["", "deep/er"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A project at a repository's top or below it."""
    top = tmp_path / "repository"
    folder: Path = top / request.param
    write(folder, "app/views.py", "print()\n")
    run(top, "init", "--quiet", "--initial-branch", "main")
    return folder


def warnings(project: Path) -> list[str]:
    """The warnings for a checkout of the project's files as they are now."""
    sha = commit(project, "first")
    events: list[Event] = []
    repository = git.find(project)
    with worktree(repository, sha) as folder:
        gaps.warn(repository, sha, folder, events.append)
    return [event.message for event in events if isinstance(event, Warned)]


def test_ordinary_commit_has_no_warning(project: Path) -> None:
    write(project, ".gitattributes", "* text=auto\n*.jpg binary\n*.py -filter\n")
    write(project, "docs/lfs.md", f"A pointer is\n{LFS}")
    (project / "link").symlink_to("nowhere")
    assert warnings(project) == []


def test_lfs_pointers_are_named_until_a_filter_gets_the_contents(project: Path) -> None:
    write(project, ".gitattributes", "*.jpg filter=lfs -text\n")
    write(project, "media/größe.jpg", LFS)
    write(project, "media/extended.jpg", LFS.replace("oid", "ext-0-foo sha256:" + "a" * 64 + "\noid"))
    write(project, "media/no_pointer.jpg", "pixels")
    (project / "media/link.jpg").symlink_to("größe.jpg")
    pointers, filtered = warnings(project)
    assert "media/extended.jpg, media/größe.jpg." in pointers
    assert "git lfs install && git lfs fetch" in pointers
    assert "no filter `lfs`" in filtered and "media/no_pointer.jpg." in filtered
    run(project, "config", "filter.lfs.smudge", "sed s/version/pixels/")
    write(project, "another", "")
    assert warnings(project) == []


def test_filters_that_this_machine_lacks_are_named_with_their_files(project: Path) -> None:
    write(project, "secret/.gitattributes", "key filter=git-crypt diff=git-crypt\n.gitattributes !filter !diff\n")
    write(project, "secret/key", "\0GITCRYPT\0")
    run(project, "config", "filter.git_crypt.smudge", "cat")
    (warning,) = warnings(project)
    assert "no filter `git-crypt`" in warning and "secret/key." in warning
    run(project, "config", "filter.git-crypt.process", "git-crypt-of-a-test")
    run(project, "config", "filter.git-crypt.smudge", "cat")
    run(project, "config", "--unset", "filter.git-crypt.process")
    write(project, "another", "")
    assert warnings(project) == []


def test_submodules_of_the_project_are_named_without_a_gitmodules_file(project: Path) -> None:
    top = git.find(project).top
    for folder in (project / "vendor/lib", top / "beside"):
        write(folder, "file", "")
        run(folder, "init", "--quiet")
        commit(folder, "first")
    (warning,) = warnings(project)
    assert "vendor/lib" in warning and "git rm --cached" in warning
    # In a repository of several projects, the others' submodules are not in the build anyway.
    assert ("beside" in warning) == (project == top)
