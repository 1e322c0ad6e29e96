"""Every parser of the product: its name, a callable that takes bytes, and valid input.

A parser reads what a file, an image, a registry, a program or a person gives. docs/reference/parsers.md lists them.
A new parser gets an entry here and a line there.
"""

from collections.abc import Callable
from dataclasses import dataclass

Parse = Callable[[bytes], object]


@dataclass(frozen=True)
class Parser:
    """A parser under its name in the documentation, with one or several valid inputs.

    `longest` is the number of bytes of its longest changed input; a slow parser has less.
    """

    name: str
    parse: Parse
    seeds: tuple[bytes, ...]
    longest: int = 60_000


def every() -> tuple[Parser, ...]:
    """All parsers."""
    from tests.fuzz import images, project_files, records, requests, texts

    return (*records.PARSERS, *images.PARSERS, *project_files.PARSERS, *requests.PARSERS, *texts.PARSERS)
