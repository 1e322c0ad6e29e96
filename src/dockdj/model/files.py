"""Files as values: what renderers return, and what Git lists in a commit."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class File:
    """A file to write: its path relative to some folder (with `/`), its bytes and its permission bits.

    The bytes of a link are the path it points to.
    """

    path: str
    content: bytes
    mode: int = 0o644
    link: bool = False


@dataclass(frozen=True)
class Entry:
    """A file or link of a commit: its path, Git's mode and the id of its content."""

    path: str
    mode: str
    id: str
