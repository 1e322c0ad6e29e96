"""The remote that releases are pushed to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockdj.adapters.git import repository as git
from dockdj.adapters.git.repository import Repository
from dockdj.errors import CommandFailed

# The sources of a fetch rule that brings all branches.
EVERY_BRANCH = ("refs/heads/*", "refs/*")
NEVER_ASK = {"GIT_TERMINAL_PROMPT": "0"}


@dataclass(frozen=True)
class RemoteAnswer:
    """A remote's branches and tags, full name -> object, or the failure to read them. `name` is empty without a remote.

    An annotated tag has a second entry, its name with `^{}`, for its commit (git-ls-remote(1)).
    """

    name: str = ""
    objects: Mapping[str, str] = field(default_factory=dict)
    failure: CommandFailed | None = None


@dataclass(frozen=True)
class Push:
    """The references to push to a remote, full name -> object, and the objects of the remote's own references.

    `remote` is empty without a remote.
    """

    remote: str = ""
    references: Mapping[str, str] = field(default_factory=dict)
    present: frozenset[str] = frozenset()


def name(repository: Repository) -> str | None:
    """The name of the remote that releases are pushed to: `origin`, else the only remote, else None."""
    names = git.run(repository.top, "remote").stdout.split()
    return "origin" if "origin" in names else (names[0] if len(names) == 1 else None)


def references(repository: Repository, name: str) -> dict[str, str]:
    """Full name -> object of a remote's branches and tags (tags as objects). Raises CommandFailed."""
    try:
        answer = git.run(repository.top, "ls-remote", "--heads", "--tags", name, env=NEVER_ASK)
    except CommandFailed as error:
        raise CommandFailed(
            f"the Git remote `{name}` does not answer: {error.message}", hint=f"try: git ls-remote {name}"
        ) from error
    return {line.split("\t")[1]: line.split("\t")[0] for line in answer.stdout.splitlines() if "\t" in line}


def ask(repository: Repository, name: str | None) -> RemoteAnswer:
    """Read a remote's branches and tags; None asks no remote. A failure is part of the answer."""
    if name is None:
        return RemoteAnswer()
    try:
        return RemoteAnswer(name, references(repository, name))
    except CommandFailed as error:
        return RemoteAnswer(name, failure=error)


def is_whole(repository: Repository, name: str) -> bool:
    """Tell if a fetch from this remote brings its whole history, all its branches and their tags.

    Git's configuration tells clones with `--depth`, `--single-branch` or `--no-tags` apart, without network.
    """
    if repository.shallow:
        return False
    output = git.run(repository.top, "config", "-z", "--get-regexp", r"^remote\.", check=False).stdout
    settings = [entry.partition("\n")[::2] for entry in output.split("\0")]
    sources = {value.lstrip("+").partition(":")[0] for key, value in settings if key == f"remote.{name}.fetch"}
    # If several files set it, the last one wins.
    tags = [value for key, value in settings if key == f"remote.{name}.tagopt"][-1:]
    return not sources.isdisjoint(EVERY_BRANCH) and tags != ["--no-tags"]


def push(repository: Repository, push: Push) -> None:
    """Push references to a remote, all or none. Raises CommandFailed with Git's message."""
    neutral = ("-c", "push.followTags=false", "-c", "push.gpgSign=false")
    # By id, so that a branch that moves meanwhile does not push commits that nobody searched.
    moves = (f"{object_id}:{reference}" for reference, object_id in push.references.items())
    try:
        git.run(repository.top, *neutral, "push", "--atomic", "--porcelain", push.remote, *moves, env=NEVER_ASK)
    except CommandFailed as error:
        raise CommandFailed(
            error.message, hint=f"git fetch {push.remote}, see what it has, and publish again"
        ) from error
