"""The snapshot of a clone's branches and tags, against real Git."""

from pathlib import Path

import pytest

from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import remote as git_remote
from dockdj.adapters.git import repository as git
from tests.support.project import commit, write
from tests.support.project import git as run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository whose two commits are on `trunk`, the first also on `release-v1.0` and tagged twice."""
    top = tmp_path / "shop"
    top.mkdir()
    run(top, "init", "--quiet", "--initial-branch", "trunk")
    write(top, "app.py", "1\n")
    commit(top, "first")
    run(top, "branch", "release-v1.0")
    run(top, "tag", "--annotate", "--message", "1.0.0", "v1.0.0")
    run(top, "tag", "lightweight")
    write(top, "app.py", "2\n")
    commit(top, "second")
    return top


def clone(folder: Path, *options: str) -> git.Repository:
    copy = folder.parent / "copy"
    run(folder.parent, "clone", "--quiet", *options, f"file://{folder}", str(copy))
    return git.find(copy)


def test_tag_has_an_object_and_a_commit(folder: Path) -> None:
    references = git_references.read(git.find(folder))
    first = run(folder, "rev-parse", "HEAD~")
    assert references.objects["refs/tags/v1.0.0"] == run(folder, "rev-parse", "v1.0.0") != first
    assert references.objects["refs/tags/lightweight"] == first
    assert references.commits["refs/tags/v1.0.0"] == references.commits["refs/tags/lightweight"] == first
    assert references.current == "refs/heads/trunk"


def test_containing_names_the_branches_that_have_a_commit(folder: Path) -> None:
    repository = git.find(folder)
    names = ("refs/heads/trunk", "refs/heads/release-v1.0", "refs/heads/none")
    first, second = (run(folder, "rev-parse", name) for name in ("HEAD~", "HEAD"))
    assert git_references.containing(repository, first, names) == {"refs/heads/trunk", "refs/heads/release-v1.0"}
    assert git_references.containing(repository, second, names) == {"refs/heads/trunk"}
    assert git_references.containing(repository, first, ()) == frozenset()
    assert git_references.containing(repository, "0" * 40, names) == frozenset()


def test_default_branch_is_the_remotes_then_main_then_master_then_the_current(folder: Path) -> None:
    assert git_references.read(git.find(folder)).default_branch() == "trunk"
    run(folder, "branch", "master")
    assert git_references.read(git.find(folder)).default_branch() == "master"
    assert git_references.read(git.find(folder)).default_branch(("refs/heads/main",)) == "main"
    run(folder, "branch", "main")
    references = git_references.read(clone(folder), "origin")
    assert references.default_branch() == "trunk"
    assert references.places("main") == ("refs/remotes/origin/main",)
    assert references.places("trunk") == ("refs/heads/trunk", "refs/remotes/origin/trunk")


def test_detached_head_without_a_known_branch_gives_main(folder: Path) -> None:
    run(folder, "checkout", "--quiet", "--detach")
    references = git_references.read(git.find(folder))
    assert (references.current, references.default_branch()) == ("", "main")


@pytest.mark.parametrize(
    ("options", "whole"),
    [
        ((), True),
        (("--mirror",), True),
        (("--depth=1", "--no-single-branch"), False),
        (("--single-branch",), False),
        (("--no-tags",), False),
    ],
)
def test_partial_clone_is_not_whole(folder: Path, options: tuple[str, ...], whole: bool) -> None:
    if options == ("--mirror",):
        # A mirror has no working tree: what counts is its fetch rule.
        repository = clone(folder)
        run(repository.top, "config", "remote.origin.fetch", "+refs/*:refs/*")
    else:
        repository = clone(folder, *options)
    assert git_remote.is_whole(repository, "origin") == whole
    assert not git_remote.is_whole(repository, "upstream")


def test_last_value_of_a_repeated_setting_wins(folder: Path) -> None:
    repository = clone(folder, "--no-tags")
    run(repository.top, "config", "--add", "remote.origin.tagOpt", "--tags")
    assert git_remote.is_whole(repository, "origin")
