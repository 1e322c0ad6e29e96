"""A new Git repository with its first commit."""

import os
from pathlib import Path

from dockdj.adapters import shell

# The author of the first commit if Git knows nobody.
NEUTRAL_AUTHOR = ("user.name=Dockdj", "user.email=dockdj@localhost")


def require() -> None:
    """Raise MissingTool unless Git is installed."""
    shell.capture(["git", "--version"])


def first_commit(folder: Path, message: str) -> tuple[str, bool]:
    """Make `folder` a repository and commit all files that are not ignored to `main`; return the commit's id.

    The second value is true if Git knew no author, so that NEUTRAL_AUTHOR made the commit. No configuration changes.
    """
    _git(folder, "init", "--quiet", "--initial-branch", "main")
    neutral = not _knows_author(folder)
    author = [word for setting in NEUTRAL_AUTHOR if neutral for word in ("-c", setting)]
    # A global ignore file must not decide which files a new project has.
    _git(folder, "-c", "core.excludesFile=/dev/null", "add", "--all")
    # A signing key may ask for a passphrase, and a global hook may refuse the commit.
    quiet = ("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null")
    _git(folder, *author, *quiet, "commit", "--quiet", "--message", message)
    return _git(folder, "rev-parse", "HEAD").stdout.strip(), neutral


def _knows_author(folder: Path) -> bool:
    if os.environ.get("GIT_AUTHOR_EMAIL") and os.environ.get("GIT_COMMITTER_EMAIL"):
        return True
    return shell.capture(["git", "-C", str(folder), "config", "user.email"], check=False).status == 0


def _git(folder: Path, *words: str) -> shell.Result:
    return shell.capture(["git", "-C", str(folder), *words])
