"""A checkout of a commit beside the person's own, for as long as a build takes."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dockdj.adapters.git import repository as git
from dockdj.adapters.machine import ended, owner

# A checkout under another umask gives other file modes, and so other image layers (measured).
UMASK = 0o022
WORKTREE = "dockdj-worktree-"
# What a lock's reason begins with, before its owner.
OURS = "dockdj "


@contextmanager
def worktree(repository: git.Repository, commit: str) -> Iterator[Path]:
    """A fresh checkout of a commit in a temporary folder, gone afterwards; the project's folder in it.

    It is locked, with its owner as the reason: nobody on another machine, or in a container that does not see the
    folder, takes it for one that is gone.
    """
    _sweep(repository)
    with tempfile.TemporaryDirectory(prefix=WORKTREE, ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "tree"
        add = ("worktree", "add", "--detach", "--quiet", "--lock", "--reason", f"{OURS}{owner()}")
        git.run(repository.top, *git.NEUTRAL, *add, str(path), commit, umask=UMASK)
        try:
            yield path / repository.prefix
        finally:
            _remove(repository, path)


def _sweep(repository: git.Repository) -> None:
    """Remove what killed runs left: worktrees of ours whose process lives no more."""
    for entry in git.run(repository.top, "worktree", "list", "--porcelain").stdout.split("\n\n"):
        about = dict(line.partition(" ")[::2] for line in entry.splitlines())
        reason = about.get("locked", "")
        if reason.startswith(OURS) and ended(reason.removeprefix(OURS)):
            path = Path(about["worktree"])
            _remove(repository, path)
            shutil.rmtree(path.parent, ignore_errors=True)


def _remove(repository: git.Repository, path: Path) -> None:
    # Once for what was changed in it, once for the lock.
    git.run(repository.top, "worktree", "remove", "--force", "--force", str(path), check=False)
