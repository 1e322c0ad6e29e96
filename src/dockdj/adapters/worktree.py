"""A checkout of a commit beside the person's own, for as long as a build takes."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dockdj.adapters import git
from dockdj.adapters.owner import lives

# A checkout under another umask gives other file modes, and so other image layers (measured).
UMASK = 0o022
WORKTREE = "dockdj-worktree-"


@contextmanager
def worktree(repository: git.Repository, commit: str) -> Iterator[Path]:
    """A fresh checkout of a commit in a temporary folder, gone afterwards; the project's folder in it."""
    _sweep(repository)
    with tempfile.TemporaryDirectory(prefix=f"{WORKTREE}{os.getpid()}-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "tree"
        git.run(repository.top, *git.NEUTRAL, "worktree", "add", "--detach", "--quiet", str(path), commit, umask=UMASK)
        try:
            yield path / repository.prefix
        finally:
            git.run(repository.top, "worktree", "remove", "--force", str(path), check=False)


def _sweep(repository: git.Repository) -> None:
    """Remove what killed runs left: worktrees of ours whose process, in their name, lives no more."""
    for line in git.run(repository.top, "worktree", "list", "--porcelain").stdout.splitlines():
        folder = Path(line.removeprefix("worktree ")).parent
        owner = folder.name.removeprefix(WORKTREE).partition("-")[0]
        ours = line.startswith("worktree ") and folder.name.startswith(WORKTREE)
        if ours and owner.isdecimal() and not lives(int(owner)):
            git.run(repository.top, "worktree", "remove", "--force", "--force", str(folder / "tree"), check=False)
            shutil.rmtree(folder, ignore_errors=True)
    git.run(repository.top, "worktree", "prune")
