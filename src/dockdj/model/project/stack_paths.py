"""Which of a project's files are its stack, and the fingerprint of all others: the application."""

from collections.abc import Iterable
from dataclasses import dataclass

from dockdj.model.canonical import canonical, digest_of
from dockdj.model.files import Entry
from dockdj.model.project.recipe import STACK


@dataclass(frozen=True)
class Stack:
    """[stack] of `dockdj.toml`: the files and folders that a restack takes from the release whose stack is wanted."""

    paths: tuple[str, ...] = STACK

    def has(self, path: str) -> bool:
        """Whether a file, its path relative to the project, belongs to the stack."""
        return any(path == one.rstrip("/") or path.startswith(f"{one.rstrip('/')}/") for one in self.paths)


def application_print(entries: Iterable[Entry], stack: Stack) -> str:
    """The fingerprint of the application: of every file outside the stack's paths, whatever order they come in."""
    found = sorted([one.path, one.mode, one.id] for one in entries if not stack.has(one.path))
    return digest_of(canonical(found))
