"""A file as a value: what a renderer returns and one writer writes."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class File:
    """A file to be: its path relative to some folder (with `/`), its bytes and its permission bits.

    Of a link, the bytes say where it leads.
    """

    path: str
    content: bytes
    mode: int = 0o644
    link: bool = False
