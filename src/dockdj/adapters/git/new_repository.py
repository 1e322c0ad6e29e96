"""A new Git repository with its first commit."""

import os
from pathlib import Path

from dockdj.adapters import shell

# For the first commit alone, where Git does not know who works here.
NEUTRAL_AUTHOR = ("user.name=Dockdj", "user.email=dockdj@localhost")


def require() -> None:
    """Raise MissingTool unless Git is installed."""
    shell.capture(["git", "--version"])


def first_commit(folder: Path, message: str) -> tuple[str, bool]:
    """Make `folder` a repository, commit all that is not ignored to `main`; return the commit's id.

    The second value says that Git knew no author, so that NEUTRAL_AUTHOR made this commit; nothing is configured.
    """
    _git(folder, "init", "--quiet", "--initial-branch", "main")
    neutral = not _knows_author(folder)
    author = [word for setting in NEUTRAL_AUTHOR if neutral for word in ("-c", setting)]
    # A person's global ignore file must not decide what a new project consists of.
    _git(folder, "-c", "core.excludesFile=/dev/null", "add", "--all")
    # A person's signing key or hooks may ask questions, or refuse what is not theirs.
    quiet = ("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null")
    _git(folder, *author, *quiet, "commit", "--quiet", "--message", message)
    return _git(folder, "rev-parse", "HEAD").stdout.strip(), neutral


def _knows_author(folder: Path) -> bool:
    if os.environ.get("GIT_AUTHOR_EMAIL") and os.environ.get("GIT_COMMITTER_EMAIL"):
        return True
    return shell.capture(["git", "-C", str(folder), "config", "user.email"], check=False).status == 0


def _git(folder: Path, *words: str) -> shell.Result:
    return shell.capture(["git", "-C", str(folder), *words])
