"""What a clone has of its remote."""

from dockdj.adapters import git
from dockdj.adapters.git import Repository

# What a fetch that brings all branches is told.
EVERY_BRANCH = ("refs/heads/*", "refs/*")


def is_whole(repository: Repository, name: str) -> bool:
    """Whether a fetch from this remote brings its whole history, all its branches and their tags.

    A clone with `--depth`, `--single-branch` or `--no-tags` is told so by Git's own configuration, without network.
    """
    if git.is_shallow(repository):
        return False
    asked = git.run(repository.top, "config", "--get-all", f"remote.{name}.fetch", check=False).stdout
    sources = {line.lstrip("+").partition(":")[0] for line in asked.splitlines()}
    tags = git.run(repository.top, "config", "--get", f"remote.{name}.tagOpt", check=False).stdout.strip()
    return not sources.isdisjoint(EVERY_BRANCH) and tags != "--no-tags"
