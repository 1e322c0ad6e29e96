"""A commit made of two: the files of one, with those that belong to the stack from another."""

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
    """The id of a commit that follows `application` and has the project's stack of `stack` in place of its own.

    Both are full ids; `belongs` tells which paths, relative to the project, are the stack's. No branch, working tree or
    index is touched, and the same two commits give the same person the same one again. Raises Refused when a commit is
    not in this clone.
    """
    one, other = (_entries(repository, commit) for commit in (application, stack))
    prefix = f"{repository.prefix}/" if repository.prefix else ""
    nothing = "0" * len(application)
    lines = [f"0 {nothing}\t{prefix}{entry.path}\0" for entry in one if belongs(entry.path)]
    lines += [f"{entry.mode} {entry.id}\t{prefix}{entry.path}\0" for entry in other if belongs(entry.path)]
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
    made = git.run(repository.top, *unsigned, tree, "-p", application, "-m", message, env=dates)
    return made.stdout.strip()


def _entries(repository: Repository, commit: str) -> tuple[Entry, ...]:
    found = git_files.entries(repository, commit)
    if found is None:
        raise Refused(f"the commit {commit[:12]} is not in this clone", hint="git fetch --tags --unshallow")
    return found
