"""A secret in everything that a push would send is found there, named by commit and file, and shown nowhere."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dockdj.adapters.git import repository as repositories
from dockdj.adapters.git.remote import Push
from dockdj.errors import Refused
from dockdj.lifecycle import leak_gate
from dockdj.model.project.project import Project
from tests.support import project as projects
from tests.support.project import commit, git, write
from tests.support.records import release as record

KEY = "AKIA" + "QYLPMN5HFIQR7XYZ"
EXAMPLE = "# required, secret. A token.\nTOKEN=<generate>\n"
MEBIBYTE = 1 << 20


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with an ignored `.env`, and a remote that has its first commit."""
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    (tmp_path / "tiny").mkdir()
    project = projects.make(tmp_path / "tiny")
    write(project.root, ".gitignore", ".env\n")
    write(project.root, "environments/prod/.env.example", EXAMPLE)
    write(project.root, "environments/prod/.env", f"TOKEN={canary()}\n")
    commit(project.root, "A contract")
    git(project.root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(project.root, "push", "--quiet", "origin", "main")
    return project


def canary(seed: str = "canary") -> str:
    return f"{seed}-{uuid.uuid5(uuid.NAMESPACE_DNS, seed).hex}"


def head(project: Project) -> str:
    return git(project.root, "rev-parse", "HEAD")


def told(error: Refused) -> str:
    return f"{error.message}\n{error.hint}"


def check(project: Project, references: tuple[str, ...] = ("refs/heads/main",)) -> None:
    """Judge a record of the last commit as before a push of these references to the remote."""
    objects = {name: git(project.root, "rev-parse", name) for name in references}
    push = Push("origin", objects, frozenset({git(project.root, "rev-parse", "origin/main")}))
    leak_gate.check(project, repositories.find(project.root), record("1.0.0", commit=head(project)), {}, push)


def removed(project: Project) -> None:
    """Commit that the planted files are gone."""
    git(project.root, "rm", "--quiet", "-r", "planted")
    commit(project.root, "Clean up")


def tracked_variables(project: Project) -> str:
    git(project.root, "add", "--force", "environments/prod/.env")
    return f"commit {commit(project.root, 'Mistake')[:12]}, environments/prod/.env"


def earlier_commit(project: Project) -> str:
    write(project.root, "planted/note.txt", f"the token is {canary()}\n")
    planted = commit(project.root, "Note")
    removed(project)
    return f"commit {planted[:12]}, planted/note.txt"


def merged_branch(project: Project) -> str:
    git(project.root, "checkout", "--quiet", "-b", "side")
    where = earlier_commit(project)
    git(project.root, "checkout", "--quiet", "main")
    write(project.root, "other.txt", "x\n")
    commit(project.root, "Other")
    git(project.root, "merge", "--quiet", "--no-ff", "--message", "Merge", "side")
    return where


def merge_itself(project: Project) -> str:
    git(project.root, "checkout", "--quiet", "-b", "side")
    write(project.root, "other.txt", "x\n")
    commit(project.root, "Other")
    git(project.root, "checkout", "--quiet", "main")
    git(project.root, "merge", "--quiet", "--no-ff", "--no-commit", "side")
    write(project.root, "planted/note.txt", canary())
    where = f"commit {commit(project.root, 'Merge')[:12]}, planted/note.txt"
    removed(project)
    return where


def binary_file(project: Project) -> str:
    (project.root / "planted").mkdir()
    (project.root / "planted/data.bin").write_bytes(b"\0\xff\n" * 1000 + canary().encode() + b"\0\r\xfe" * 1000)
    return f"commit {commit(project.root, 'Data')[:12]}, planted/data.bin"


def across_pieces_of_a_large_file(project: Project) -> str:
    (project.root / "planted").mkdir()
    (project.root / "planted/large").write_bytes(b"x" * (2 * MEBIBYTE - 9) + canary().encode() + b"y" * MEBIBYTE)
    return f"commit {commit(project.root, 'Large')[:12]}, planted/large"


def file_name(project: Project) -> str:
    write(project.root, f"planted/{canary()}.txt", "hello\n")
    planted = commit(project.root, "Name")
    removed(project)
    return f"commit {planted[:12]}, planted/***.txt"


def folder_name(project: Project) -> str:
    write(project.root, f"{canary()}/x.txt", "hello\n")
    return f"commit {commit(project.root, 'Name')[:12]}, ***"


def message_of_an_earlier_commit(project: Project) -> str:
    write(project.root, "x.txt", "x\n")
    planted = commit(project.root, f"A subject\n\nbecause {canary()} was wrong")
    write(project.root, "x.txt", "y\n")
    commit(project.root, "Next")
    return f"the message of commit {planted[:12]}"


def replaced_commit(project: Project) -> str:
    where = earlier_commit(project)
    git(project.root, "replace", "HEAD~1", "HEAD~2")
    return where


def forgotten_variables(project: Project) -> str:
    """A `.env` of the past, with a value that is on no machine any more."""
    current = (project.root / "environments/prod/.env").read_text()
    write(project.root, "environments/prod/.env", f"export TOKEN='{canary('old')}'\r\n")
    git(project.root, "add", "--force", "environments/prod/.env")
    planted = commit(project.root, "Mistake")
    git(project.root, "rm", "--quiet", "--cached", "environments/prod/.env")
    commit(project.root, "Clean up")
    write(project.root, "environments/prod/.env", current)
    return f"commit {planted[:12]}, environments/prod/.env"


@pytest.mark.parametrize(
    "plant",
    [
        tracked_variables,
        earlier_commit,
        merged_branch,
        merge_itself,
        binary_file,
        across_pieces_of_a_large_file,
        file_name,
        folder_name,
        message_of_an_earlier_commit,
        replaced_commit,
        forgotten_variables,
    ],
)
def test_secret_in_the_history_is_refused_by_commit_and_file(project: Project, plant: Callable[[Project], str]) -> None:
    check(project)
    where = plant(project)
    with pytest.raises(Refused) as caught:
        check(project)
    assert f"TOKEN of environments/prod/.env: {where}" in [line.strip() for line in caught.value.message.splitlines()]
    assert canary() not in told(caught.value)
    assert canary("old") not in told(caught.value)
    check(replace(project, leaks=replace(project.leaks, allow=("TOKEN",))))


def test_message_of_the_pushed_tag_is_searched(project: Project) -> None:
    git(project.root, "tag", "--annotate", "v1.0.0", "--message", f"{canary()} and more")
    with pytest.raises(Refused, match="the message of tag ") as caught:
        check(project, ("refs/tags/v1.0.0",))
    assert canary() not in told(caught.value)


def test_names_of_pushed_references_are_searched(project: Project) -> None:
    git(project.root, "branch", canary())
    with pytest.raises(Refused, match=r"TOKEN of .*: the name refs/heads/\*\*\*"):
        check(project, (f"refs/heads/{canary()}",))


def test_commits_of_the_pushed_branch_after_the_release_are_searched(project: Project) -> None:
    write(project.root, "later.txt", KEY)
    git(project.root, "checkout", "--quiet", "-b", "release-v1.0")
    planted = commit(project.root, "Later")
    git(project.root, "checkout", "--quiet", "main")
    with pytest.raises(Refused, match=f"AWS access key: commit {planted[:12]}, later.txt") as caught:
        check(project, ("refs/heads/release-v1.0",))
    assert f"rewrite {planted[:12]}" in caught.value.hint
    check(project, ())


def test_every_path_of_a_file_must_be_allowed(project: Project) -> None:
    for path in ("tests/key.txt", "app/key.txt"):
        write(project.root, path, KEY)
    commit(project.root, "Twice")
    project = replace(project, leaks=replace(project.leaks, allow=("tests/*",)))
    with pytest.raises(Refused) as caught:
        check(project)
    assert "app/key.txt" in caught.value.message
    assert "tests/key.txt" not in caught.value.message
    check(replace(project, leaks=replace(project.leaks, allow=("*/key.txt",))))


def test_history_that_the_remote_has_is_not_searched_but_the_released_tree_is(project: Project) -> None:
    where = earlier_commit(project)
    git(project.root, "push", "--quiet", "origin", "main")
    check(project)
    write(project.root, "planted/note.txt", f"again {canary()}\n")
    commit(project.root, "Again")
    git(project.root, "push", "--quiet", "origin", "main")
    with pytest.raises(Refused) as caught:
        check(project)
    assert where not in caught.value.message
    assert f"commit {head(project)[:12]}, planted/note.txt" in caught.value.message
    assert "rewrite" not in caught.value.hint


def test_files_next_to_the_project_are_searched(project: Project) -> None:
    folder = project.root / "shops/second"
    second = projects.add(folder, "second")
    write(project.root, "shops/note.txt", KEY)
    planted = commit(project.root, "Note")
    with pytest.raises(Refused, match=f"AWS access key: commit {planted[:12]}, ../note.txt"):
        check(second)
    check(replace(second, leaks=replace(second.leaks, allow=("../note.txt",))))


def test_address_of_a_commits_author_is_not_a_secret(project: Project) -> None:
    write(project.root, "environments/prod/.env", "SENDER=dev@example.com\n")
    write(project.root, "x.txt", "x\n")
    commit(project.root, "Next")
    check(project)
    write(project.root, "x.txt", "from dev@example.com\n")
    commit(project.root, "Sender")
    with pytest.raises(Refused, match="SENDER of "):
        check(project)


def test_release_refuses_before_the_build_what_publish_would_push(project: Project) -> None:
    where = earlier_commit(project)
    with pytest.raises(Refused) as caught:
        leak_gate.check_commit(project, repositories.find(project.root), head(project))
    assert where in caught.value.message
    git(project.root, "update-ref", "-d", "refs/remotes/origin/main")
    # Nothing is known of the remote now.
    leak_gate.check_commit(project, repositories.find(project.root), head(project))
