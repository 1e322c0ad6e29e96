"""A temporary checkout of a commit, apart from the person's working tree."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dockdj.adapters.git import repository as git
from dockdj.adapters.machine import has_ended, owner

# Another umask would give a checkout other file modes, and so other image layers (measured).
UMASK = 0o022
WORKTREE = "dockdj-worktree-"
# The start of our locks' reason; the owner follows.
OURS = "dockdj "


@contextmanager
def worktree(repository: git.Repository, commit: str) -> Iterator[Path]:
    """Check out a commit into a temporary folder, removed afterwards; the value is the project's folder in it.

    The worktree is locked, with its owner as the reason, so that Git on another machine, or in a container that does
    not see the folder, does not prune it.
    """
    _sweep(repository)
    with tempfile.TemporaryDirectory(prefix=WORKTREE, ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "tree"
        add = ("worktree", "add", "--detach", "--quiet", "--lock", "--reason", f"{OURS}{owner()}")
        git.run(repository.top, *git.NEUTRAL, *add, str(path), commit, umask=UMASK, env=git.NEUTRAL_ENVIRONMENT)
        try:
            yield path / repository.prefix
        finally:
            _remove(repository, path)


def _sweep(repository: git.Repository) -> None:
    """Remove our worktrees whose process has ended."""
    for entry in git.run(repository.top, "worktree", "list", "--porcelain").stdout.split("\n\n"):
        fields = dict(line.partition(" ")[::2] for line in entry.splitlines())
        reason = fields.get("locked", "")
        if reason.startswith(OURS) and has_ended(reason.removeprefix(OURS)):
            path = Path(fields["worktree"])
            _remove(repository, path)
            shutil.rmtree(path.parent, ignore_errors=True)


def _remove(repository: git.Repository, path: Path) -> None:
    # Git wants `--force` once for changed files, and again for the lock.
    git.run(repository.top, "worktree", "remove", "--force", "--force", str(path), check=False)
