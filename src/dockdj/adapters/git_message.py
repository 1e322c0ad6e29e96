"""A commit's own words."""

from dockdj.adapters import git
from dockdj.adapters.git import Repository


def message_of(repository: Repository, commit: str) -> str:
    """The message of a commit, whole. Raises CommandFailed when the commit is not in the repository."""
    return git.run(repository.top, "log", "-1", "--no-show-signature", "--format=%B", commit).stdout
