"""Files as values: what renderers return, and what Git lists in a commit."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class File:
    """A file to write: its path relative to some folder (with `/`), its bytes and its permission bits.

    The bytes of a link are the path it points to. A path has bytes that are not UTF-8 as `os.fsdecode` does.
    """

    path: str
    content: bytes
    mode: int = 0o644
    link: bool = False


@dataclass(frozen=True)
class Entry:
    """A file or link of a commit: its path (as that of a File), Git's mode and the id of its content."""

    path: str
    mode: str
    id: str


def shown(path: str) -> str:
    """A path as messages show it: escapes for bytes that are not UTF-8 and for characters that move the cursor."""
    text = path.encode(errors="surrogateescape").decode(errors="backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
