"""What lies between two commits."""

from dockdj.adapters.git import repository as git
from dockdj.adapters.git.repository import Commit, Repository


def between(repository: Repository, old: str, new: str) -> tuple[tuple[Commit, ...], tuple[Commit, ...]]:
    """The project's commits that only `new` has, and those that only `old` has, newest first, in one call.

    Both are empty where this clone lacks one of the two.
    """
    asked = git.run(
        repository.top / repository.prefix,
        *("log", "--no-show-signature", "-z", "--left-right", "--format=%m%x1f%H%x1f%an%x1f%cs%x1f%s"),
        f"{old}...{new}",
        *("--", "."),
        check=False,
    )
    sides: dict[str, list[Commit]] = {"<": [], ">": []}
    for entry in asked.stdout.split("\0") if asked.status == 0 else ():
        if entry:
            # The subject comes last: it may hold this character, too.
            side, *fields = entry.split("\x1f", 4)
            sides[side].append(Commit(*fields))
    return tuple(sides[">"]), tuple(sides["<"])


def message_of(repository: Repository, commit: str) -> str:
    """The message of a commit, whole. Raises CommandFailed when the commit is not in the repository."""
    return git.run(repository.top, "log", "-1", "--no-show-signature", "--format=%B", commit).stdout
