"""A Git repository: where it is, its commits, its working tree, and how Git is run."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters import shell
from dockdj.adapters.git.version import require_git
from dockdj.errors import ProjectError, Refused, UsageError

# Personal settings that would change the files of a checkout, set to fixed values.
NEUTRAL = (
    *("-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "core.hooksPath=/dev/null"),
    *("-c", "core.sparseCheckout=false", "-c", "core.symlinks=true", "-c", "core.attributesFile=/dev/null"),
)
# The system's attributes are not the commit's, either.
NEUTRAL_ENVIRONMENT = {"GIT_ATTR_NOSYSTEM": "1"}


@dataclass(frozen=True)
class Repository:
    """A working tree: its top folder, and the project's folder below it (`prefix`, empty at the top).

    `shared` is the Git folder that all worktrees of the repository share. `shallow` is true for a clone with cut-off
    history.
    """

    top: Path
    prefix: str
    shared: Path
    shallow: bool


@dataclass(frozen=True)
class Commit:
    """A commit as lists show it."""

    sha: str
    author: str
    date: str
    subject: str


def find(folder: Path) -> Repository:
    """The repository that contains `folder`. Raises ProjectError if no repository does, MissingTool for an old Git."""
    require_git()
    facts = ("--show-toplevel", "--show-prefix", "--git-common-dir", "--is-shallow-repository")
    answer = run(folder, "rev-parse", *facts, check=False)
    if "dubious ownership" in answer.stderr:
        raise ProjectError(
            f"Git does not trust {folder}: it belongs to another user",
            hint=f"git config --global --add safe.directory {folder}",
        )
    if answer.status != 0:
        raise ProjectError(
            f"{folder} is not in a Git repository",
            hint="a release is made from a commit: git init && git add --all && git commit",
        )
    top, prefix, shared, shallow = answer.stdout.splitlines()
    return Repository(Path(top), prefix.rstrip("/"), (folder / shared).resolve(), shallow == "true")


def resolve(repository: Repository, revision: str) -> str:
    """The full id of the commit that a revision names. Raises UsageError if it names no commit."""
    answer = run(repository.top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", check=False)
    if answer.status != 0:
        if revision == "HEAD":
            raise Refused("the repository has no commit yet", hint="git add --all && git commit")
        raise UsageError(f"`{revision}` names no commit", hint="see git log")
    return answer.stdout.strip()


def tree(repository: Repository, commit: str) -> str:
    """The id of the project's tree in a commit. Raises UsageError if the commit lacks the project's folder."""
    name = f"{commit}:{repository.prefix}" if repository.prefix else f"{commit}^{{tree}}"
    answer = run(repository.top, "rev-parse", "--verify", "--quiet", name, check=False)
    if answer.status != 0:
        raise UsageError(f"commit {commit[:12]} has no folder {repository.prefix}")
    return answer.stdout.strip()


def modified(repository: Repository) -> tuple[str, ...]:
    """Tracked files of the project that differ from HEAD."""
    return _status(repository, "--untracked-files=no")


def untracked(repository: Repository) -> tuple[str, ...]:
    """Files of the project that Git neither tracks nor ignores."""
    answer = run(_folder(repository), "ls-files", "--others", "--exclude-standard", "-z")
    return tuple(name for name in answer.stdout.split("\0") if name)


def contains(repository: Repository, descendant: str, commit: str) -> bool:
    """Tell if a commit is part of another's history."""
    return run(repository.top, "merge-base", "--is-ancestor", commit, descendant, check=False).status == 0


def knows(repository: Repository, commit: str) -> bool:
    """Tell if this clone has a commit."""
    return run(repository.top, "cat-file", "-e", f"{commit}^{{commit}}", check=False).status == 0


def identity(repository: Repository) -> str:
    """The committer, as `NAME <MAIL> TIME ZONE`. Raises ProjectError if Git knows no committer."""
    answer = run(repository.top, "var", "GIT_COMMITTER_IDENT", check=False)
    if answer.status != 0:
        raise ProjectError(
            "Git does not know who you are",
            hint='git config --global user.name "Your Name" && git config --global user.email you@example.com',
        )
    return answer.stdout.strip()


def text_at(repository: Repository, commit: str, path: str) -> str | None:
    """The text of a project's file in a commit; None if the commit lacks the file."""
    answer = run(repository.top, "cat-file", "blob", f"{commit}:{inside(repository, path)}", check=False)
    return answer.stdout if answer.status == 0 else None


def inside(repository: Repository, path: str) -> str:
    """The path, relative to the repository's top folder, of a file of the project."""
    return f"{repository.prefix}/{path}" if repository.prefix else path


def relative(repository: Repository, path: str) -> str:
    """The path, relative to the project, of a file of the repository; outside the project it begins with `../`."""
    return os.path.relpath(path, repository.prefix) if repository.prefix else path


def _status(repository: Repository, *options: str) -> tuple[str, ...]:
    answer = run(_folder(repository), "status", "--porcelain", "-z", "--no-renames", *options, "--", ".")
    return tuple(entry[3:] for entry in answer.stdout.split("\0") if entry)


def _folder(repository: Repository) -> Path:
    return repository.top / repository.prefix


def run(
    folder: Path,
    *arguments: str,
    check: bool = True,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    umask: int = -1,
) -> shell.Result:
    """Run Git in a folder. Raises CommandFailed if `check` is set and Git fails."""
    argv = ["git", "-C", str(folder), *arguments]
    return shell.capture(argv, check=check, stdin=stdin, env={"LC_ALL": "C.UTF-8", **(env or {})}, umask=umask)
