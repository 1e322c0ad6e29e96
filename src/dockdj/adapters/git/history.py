"""Commits between two others."""

from dockdj.adapters.git import repository as git
from dockdj.adapters.git.repository import Commit, Repository


def between(repository: Repository, old: str, new: str) -> tuple[tuple[Commit, ...], tuple[Commit, ...]]:
    """The project's commits that only `new` has, and those that only `old` has, newest first.

    Both are empty if this clone lacks one of the two commits.
    """
    answer = git.run(
        repository.top / repository.prefix,
        *("log", "--no-show-signature", "-z", "--left-right", "--format=%m%x1f%H%x1f%an%x1f%cs%x1f%s"),
        f"{old}...{new}",
        *("--", "."),
        check=False,
    )
    sides: dict[str, list[Commit]] = {"<": [], ">": []}
    for entry in answer.stdout.split("\0") if answer.status == 0 else ():
        if entry:
            # The subject may contain the separator, so it comes last.
            side, *fields = entry.split("\x1f", 4)
            sides[side].append(Commit(*fields))
    return tuple(sides[">"]), tuple(sides["<"])
