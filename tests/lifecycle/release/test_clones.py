"""Releases from clones that have only a part of their remote, with real clones."""

from pathlib import Path

import pytest

from dockdj.adapters.git.repository import find
from dockdj.errors import Refused
from dockdj.lifecycle.release.observe import observe
from dockdj.model.project.project import Project
from dockdj.model.release.rules import AlreadyReleased, MakeRelease, decide
from dockdj.model.version import parse
from tests.support import project as projects
from tests.support.project import commit, git, write
from tests.support.releases import tagged


@pytest.fixture
def upstream(tmp_path: Path) -> Project:
    """The cloned repository: 1.0.0 on main, 1.0.1 on its branch, and another commit on main."""
    folder = tmp_path / "upstream"
    folder.mkdir()
    project = projects.make(folder)
    tagged(project, "1.0.0")
    git(folder, "switch", "--quiet", "--create", "release-v1.0")
    write(folder, "greeting.txt", "hello again\n")
    commit(folder, "Fix")
    tagged(project, "1.0.1")
    git(folder, "switch", "--quiet", "main")
    write(folder, "notes.txt", "new\n")
    commit(folder, "Continue")
    return project


def cloned(upstream: Project, *options: str) -> Path:
    clone = upstream.root.parent / "clone"
    git(upstream.root.parent, "clone", "--quiet", *options, f"file://{upstream.root}", str(clone))
    return clone


def decided(folder: Path, version: str) -> AlreadyReleased | MakeRelease:
    return decide(parse(version), observe(find(folder), parse(version), None))


def follow(folder: Path, version: str) -> str:
    """Run the command in a refusal's hint; return the refusal's message."""
    with pytest.raises(Refused) as caught:
        decided(folder, version)
    command = caught.value.hint.partition(",")[0]
    assert command.startswith("git fetch ")
    git(folder, *command.split()[1:])
    return caught.value.message


@pytest.mark.parametrize("options", [("--depth", "1"), ("--single-branch",), ("--no-tags",)], ids=" ".join)
# Versions of a branch that the clone may lack.
@pytest.mark.parametrize("version", ["1.0.1", "1.0.2"])
def test_a_version_of_the_remote_is_not_released_again(
    upstream: Project, options: tuple[str, ...], version: str
) -> None:
    clone = cloned(upstream, *options)
    assert "v1.0.1" in follow(clone, version)
    with pytest.raises(Refused) as caught:
        decided(clone, version)
    assert "part of" not in caught.value.message
    if version == "1.0.2":
        git(clone, "switch", "--quiet", "release-v1.0")
        assert decided(clone, version) == MakeRelease(git(upstream.root, "rev-parse", "release-v1.0"), None)


def test_a_shallow_clone_releases_from_the_right_commit_after_the_hinted_fetch(upstream: Project) -> None:
    clone = cloned(upstream, "--depth", "1")
    assert follow(clone, "1.0.0").endswith("it lacks the branch release-v1.0, v1.0.1, v1.0.0")
    assert decided(clone, "1.1.0") == MakeRelease(git(upstream.root, "rev-parse", "main"), "release-v1.1")
    git(clone, "switch", "--quiet", "--detach", "v1.0.1")
    assert isinstance(decided(clone, "1.0.1"), AlreadyReleased)


def test_a_clone_of_another_branch_is_refused(upstream: Project) -> None:
    git(upstream.root, "branch", "feature")
    git(upstream.root, "tag", "--delete", "v1.0.0", "v1.0.1")
    git(upstream.root, "branch", "--delete", "--force", "release-v1.0")
    clone = cloned(upstream, "--single-branch", "--branch", "feature")
    write(clone, "notes.txt", "a feature\n")
    commit(clone, "Feature")
    assert follow(clone, "1.0.0").endswith("it lacks the branch main")
    with pytest.raises(Refused, match="is released from the branch main"):
        decided(clone, "1.0.0")


@pytest.mark.parametrize("options", [("--depth", "1"), ("--single-branch",)], ids=" ".join)
def test_only_a_partial_clone_needs_its_remote(upstream: Project, options: tuple[str, ...]) -> None:
    partial = cloned(upstream, *options)
    complete = upstream.root.parent / "complete"
    git(upstream.root.parent, "clone", "--quiet", str(upstream.root), str(complete))
    upstream.root.rename(upstream.root.with_name("gone"))
    with pytest.raises(Refused, match=r"does not say whether 1\.1\.0 is released"):
        decided(partial, "1.1.0")
    assert isinstance(decided(complete, "1.1.0"), MakeRelease)


def test_the_remote_may_have_any_name(upstream: Project) -> None:
    clone = cloned(upstream, "--origin", "upstream")
    git(clone, "switch", "--quiet", "--detach", "upstream/release-v1.0")
    git(clone, "branch", "--delete", "--force", "main")
    assert decided(clone, "1.0.2") == MakeRelease(git(upstream.root, "rev-parse", "release-v1.0"), None)
    observed = observe(find(clone), parse("1.2.0"), "upstream/main")
    assert (observed.default_branch, observed.on_default) == ("main", True)
