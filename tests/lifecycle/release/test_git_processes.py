"""How often a release and a publish start Git: every process costs milliseconds, and more on a busy machine."""

from pathlib import Path

import pytest

from dockdj.adapters.git.repository import find
from dockdj.lifecycle.publish.publish import publish
from dockdj.lifecycle.release.observe import observe
from dockdj.lifecycle.release.release import release
from dockdj.model.project.project import Project
from dockdj.model.version import parse
from tests.support import project as projects
from tests.support.programs import started
from tests.support.project import git
from tests.support.small import small

__all__ = ["small"]

ONE = parse("1.0.0")
# What a release, and a publish with a remote, may start. Raise neither without a reason in the commit.
RELEASE, PUBLISH = 35, 15


@pytest.fixture
def cloned(tmp_path: Path) -> Project:
    """The tiny project with a remote that has its branch and an earlier release."""
    (tmp_path / "tiny").mkdir()
    project = projects.make(tmp_path / "tiny", "tiny")
    with_remote(project)
    git(project.root, "branch", "release-v0.9")
    git(project.root, "push", "--quiet", "--all", "origin")
    git(project.root, "remote", "set-head", "origin", "--auto")
    return project


def with_remote(project: Project) -> None:
    git(project.root.parent, "init", "--quiet", "--bare", "--initial-branch", "main", "remote.git")
    git(project.root, "remote", "add", "origin", str(project.root.parent / "remote.git"))


def test_references_are_asked_once(cloned: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = find(cloned.root)
    with started(monkeypatch, "git") as commands:
        observed = observe(repository, ONE, None)
    assert [command[0] for command in commands] == [
        "rev-parse",
        "remote",
        "for-each-ref",
        "config",
        # Which of the known branches have the commit.
        "for-each-ref",
        "status",
    ]
    assert (observed.default_branch, observed.on_default, observed.has_release_branch) == ("main", True, False)


@pytest.mark.docker
def test_release_and_publish_start_few_git_processes(
    small: Project, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_remote(small)
    with started(monkeypatch, "git") as commands:
        release(small, ONE)
    assert len(commands) <= RELEASE, "\n".join(map(str, commands))
    with started(monkeypatch, "git") as commands:
        publish(small, ONE, "local", f"{registry}/{small.name}")
    assert len(commands) <= PUBLISH, "\n".join(map(str, commands))
