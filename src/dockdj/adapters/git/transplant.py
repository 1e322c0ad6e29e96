"""Create a commit from two: the application's files of one, and the stack's files of another."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.repository import Repository
from dockdj.errors import Refused
from dockdj.model.files import Entry


def transplant(
    repository: Repository, application: str, stack: str, belongs: Callable[[str], bool], message: str
) -> str:
    """Create a commit on top of `application` that has the project's stack from `stack`; return its id.

    Both are full ids. `belongs` tells which paths, relative to the project, are the stack's. Branches, working tree and
    index do not change. The same two commits give the same committer the same commit again. Raises Refused if this
    clone lacks a commit.
    """
    replaced, replacing = (_entries(repository, commit) for commit in (application, stack))
    prefix = f"{repository.prefix}/" if repository.prefix else ""
    nothing = "0" * len(application)
    lines = [f"0 {nothing}\t{prefix}{entry.path}\0" for entry in replaced if belongs(entry.path)]
    lines += [f"{entry.mode} {entry.id}\t{prefix}{entry.path}\0" for entry in replacing if belongs(entry.path)]
    when = git.run(
        repository.top, "show", "--no-show-signature", "--no-patch", "--format=%cI", application
    ).stdout.strip()
    with tempfile.TemporaryDirectory(prefix="dockdj-index-") as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.run(repository.top, *git.NEUTRAL, "read-tree", application, env=index)
        git.run(repository.top, "update-index", "-z", "--index-info", stdin="".join(lines), env=index)
        tree = git.run(repository.top, "write-tree", env=index).stdout.strip()
    dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    unsigned = ("-c", "commit.gpgSign=false", "commit-tree")
    commit = git.run(repository.top, *unsigned, tree, "-p", application, "-m", message, env=dates)
    return commit.stdout.strip()


def _entries(repository: Repository, commit: str) -> tuple[Entry, ...]:
    entries = git_files.entries(repository, commit)
    if entries is None:
        raise Refused(f"the commit {commit[:12]} is not in this clone", hint="git fetch --tags --unshallow")
    return entries
