"""Tell a project's stack from its application, and compute the application's fingerprint."""

from collections.abc import Iterable
from dataclasses import dataclass

from dockdj.model.canonical import canonical, digest_of
from dockdj.model.files import Entry
from dockdj.model.project.recipe import STACK


@dataclass(frozen=True)
class Stack:
    """[stack] of `dockdj.toml`: the files and folders that a restack takes from another release."""

    paths: tuple[str, ...] = STACK

    def has(self, path: str) -> bool:
        """Tell whether a file belongs to the stack; its path is relative to the project."""
        return any(path == own.rstrip("/") or path.startswith(f"{own.rstrip('/')}/") for own in self.paths)


def application_print(entries: Iterable[Entry], stack: Stack) -> str:
    """The fingerprint of the application: of every file outside the stack's paths, in any order."""
    application = sorted([_text(entry.path), entry.mode, entry.id] for entry in entries if not stack.has(entry.path))
    return digest_of(canonical(application))


def _text(path: str) -> str:
    """A path as JSON can hold it: bytes that are not UTF-8 are replaced."""
    return path.encode(errors="surrogateescape").decode(errors="replace")
