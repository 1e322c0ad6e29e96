import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dockdj.adapters import shell
from dockdj.adapters.environment import of_program
from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import new_repository
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import repository as git
from dockdj.adapters.git import tags as git_tags
from dockdj.adapters.git.worktree import worktree
from tests.support.eventually import eventually
from tests.support.project import commit, write
from tests.support.project import git as run


def detached(argv: list[str]) -> None:
    os.waitpid(shell.detach(argv, Path(os.devnull)), 0)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return repository(tmp_path / "ours")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return repository(tmp_path / "other")


def repository(folder: Path) -> Path:
    """A repository with a folder of which a file is committed and modified, and a file is untracked."""
    run(folder.parent, "init", "--quiet", "--initial-branch", "main", str(folder))
    write(folder, f"below/{folder.name}.txt", "1\n")
    commit(folder, folder.name)
    write(folder, f"below/{folder.name}.txt", "changed\n")
    write(folder, "below/untracked.txt", "new\n")
    return folder


def set_hostile(monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], ours: Path, other: Path) -> None:
    for name in names:
        monkeypatch.setenv(name, HOSTILE[name].replace("OTHER", str(other)).replace("OURS", str(ours)))


# What a hook, `git -c`, or a careless shell sets. OTHER is another repository.
HOSTILE = {
    "GIT_DIR": "OTHER/.git",
    "GIT_WORK_TREE": "OTHER",
    "GIT_COMMON_DIR": "OTHER/.git",
    "GIT_INDEX_FILE": "OTHER/.git/index",
    "GIT_OBJECT_DIRECTORY": "OTHER/.git/objects",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/nowhere",
    "GIT_CEILING_DIRECTORIES": "OURS",
    "GIT_NAMESPACE": "theirs",
    "GIT_PREFIX": "below/",
    "GIT_CONFIG": "OTHER/.git/config",
    "GIT_CONFIG_PARAMETERS": "'core.worktree'='OTHER'",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.worktree",
    "GIT_CONFIG_VALUE_0": "OTHER",
    "GIT_LITERAL_PATHSPECS": "x",
    "GIT_ATTR_SOURCE": "no-such-tree",
    "GIT_EXTERNAL_DIFF": "false",
    "GIT_QUARANTINE_PATH": "/nowhere",
    "GIT_SHALLOW_FILE": "/nowhere",
    "GIT_GRAFT_FILE": "/nowhere",
    "GIT_REPLACE_REF_BASE": "refs/heads/",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_variable_of_a_hook_leads_git_to_another_repository(
    name: str, ours: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = seen(ours)
    set_hostile(monkeypatch, (name,), ours, other)
    assert seen(ours) == expected


def seen(folder: Path) -> tuple[object, ...]:
    place = git.find(folder / "below")
    sha = git.resolve(place, "HEAD")
    return place, sha, git.modified(place), git.untracked(place), git_files.blobs(place, sha), git.identity(place)[:3]


def test_commands_inside_a_hook_of_another_repository_read_and_write_the_project(
    ours: Path, other: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = run(other, "for-each-ref"), (other / ".git/index").read_bytes(), (other / ".git/config").read_bytes()
    set_hostile(monkeypatch, tuple(HOSTILE), ours, other)
    place = git.find(ours / "below")
    with worktree(place, "HEAD") as checkout:
        assert sorted(path.name for path in checkout.iterdir()) == ["ours.txt"]
    git_references.create_release(place, "shop/1", git.resolve(place, "HEAD"), "record", "release/1")
    assert [name for name, _ in git_tags.messages(place)] == ["shop/1"]
    assert [file.path for file in git_files.files(place, "HEAD", lambda path: True)] == ["ours.txt"]
    assert git_files.content_at(place, "HEAD", "ours.txt") == b"1\n"
    write(tmp_path / "new", "a.txt", "1\n")
    sha, _ = new_repository.first_commit(tmp_path / "new", "first")
    # A program that starts Git itself, as Docker's builder does.
    assert shell.capture(["sh", "-c", 'git -C "$0" rev-parse HEAD', str(tmp_path / "new")]).stdout.strip() == sha
    monkeypatch.undo()
    assert run(ours, "tag", "--list") == "shop/1"
    assert theirs == (
        run(other, "for-each-ref"),
        (other / ".git/index").read_bytes(),
        (other / ".git/config").read_bytes(),
    )


def test_a_commit_hook_of_another_repository_finds_the_project(ours: Path, other: Path, tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from dockdj.adapters.git import repository as git\n"
    code += (
        "place = git.find(Path(sys.argv[1])); print(place.top, git.resolve(place, 'HEAD'), file=open(sys.argv[2], 'w'))"
    )
    hook = other / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {sys.executable} -c {shlex.quote(code)} {ours} {tmp_path / 'seen'}\n")
    hook.chmod(0o755)
    # Git hands the hook its options, and for `--all` an index of its own.
    options = (f"--git-dir={other}/.git", f"--work-tree={other}", "-c", f"core.worktree={other}")
    run(other, *options, "commit", "--quiet", "--all", "--allow-empty", "--message", "second")
    assert (tmp_path / "seen").read_text() == f"{ours} {run(ours, 'rev-parse', 'HEAD')}\n"


def test_every_variable_that_git_calls_local_is_dropped() -> None:
    listed = subprocess.run(["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True).stdout
    assert len(listed.split()) > 10
    assert of_program(dict.fromkeys(listed.split(), "x"), {}) == {}


def test_what_a_user_chooses_is_kept_and_what_dockdj_sets_wins() -> None:
    chosen = (
        *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_DEFAULT_PLATFORM", "BUILDX_CONFIG", "HTTPS_PROXY"),
        *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_SSH_COMMAND", "GIT_ASKPASS"),
        *("GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL", "GIT_TRACE", "PATH", "HOME", "COMPOSE_PARALLEL_LIMIT", "SHOP_KEY"),
    )
    kept = dict.fromkeys(chosen, "x")
    dropped = dict.fromkeys(
        (
            *("COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME", "COMPOSE_ENV_FILES", "COMPOSE_STATUS_STDOUT"),
            *("COMPOSE_DISABLE_ENV_FILE", "BUILDX_BAKE_FILE", "BUILDX_GIT_LABELS", "BUILDX_NO_DEFAULT_ATTESTATIONS"),
            *("DOCKER_BUILDKIT", "GIT_DIR", "GIT_CONFIG_KEY_12", "GIT_CONFIG_VALUE_0"),
        ),
        "x",
    )
    own = {"GIT_INDEX_FILE": "ours", "PATH": "ours"}
    assert of_program({**kept, **dropped}, own) == {**kept, **own}


@pytest.mark.parametrize("start", [shell.capture, shell.stream, shell.attach, shell.hand_over, detached])
def test_every_way_to_start_a_program_drops_them(
    start: Callable[[list[str]], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("SHOP_KEY", "kept")
    file = tmp_path / "seen"
    start(["sh", "-c", f'echo "${{GIT_DIR-unset}} $SHOP_KEY" > {file}.new && mv {file}.new {file}'])
    eventually(file.exists)
    assert file.read_text() == "unset kept\n"
