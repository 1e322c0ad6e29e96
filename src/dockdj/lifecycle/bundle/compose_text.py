"""The production compose file of a commit: read once, for the bundle and for the checks before a deployment."""

from dataclasses import dataclass

from dockdj.adapters.git import repository as git
from dockdj.lifecycle.history.layout import layout_at


@dataclass(frozen=True)
class ComposeText:
    """A compose file: its path in the project, and its text."""

    path: str
    text: str


def compose_at(repository: git.Repository, commit: str) -> ComposeText | None:
    """The production compose file of a commit, at the path that the commit's `dockdj.toml` gives; None without one."""
    path = layout_at(repository, commit).production.compose
    text = git.text_at(repository, commit, path)
    return None if text is None else ComposeText(path, text)
