"""Require a supported version of Git. The process asks Git once."""

import os
from functools import lru_cache

from dockdj.adapters import shell
from dockdj.events import Report, Warned, silent
from dockdj.model.oldest_versions import GIT, require


def require_git(report: Report = silent) -> None:
    """Raise MissingTool if Git is too old; warn if its version cannot be read."""
    if warning := _warning(os.environ.get("PATH", "")):
        report(Warned(warning))


@lru_cache
def _warning(_: str) -> str:
    return require(GIT, shell.capture(["git", "version"], check=False).stdout)
