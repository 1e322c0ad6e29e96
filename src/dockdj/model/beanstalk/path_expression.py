"""Regular expressions for paths, matched in time proportional to the path's length.

The re module tries one way through an expression after the other, which takes forever for `*a*a*a*a*a*a*a*a*b`. Here a
step of an expression takes all places in the path at which it can start to all places at which it can end. Places are
the bits of a number, so a step is a few operations on it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache


class Path:
    """A path, with the places of each kind of character."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._characters: dict[str, int] = {}
        for place, character in enumerate(path):
            self._characters[character] = self._characters.get(character, 0) | 1 << place
        everywhere = (1 << len(path)) - 1
        self.in_name = everywhere & ~self.of("/")
        self.in_line = everywhere & ~self.of("\n")
        # `$` matches before a line feed at the end, too.
        self.ends = 1 << len(path) | (1 << len(path) - 1 if path.endswith("\n") else 0)

    def of(self, character: str) -> int:
        """The places of a character."""
        return self._characters.get(character, 0)

    def of_set(self, characters: str) -> int:
        """The places of the characters of a set, as `[a-z]`."""
        expression = compiled(characters)
        return sum(places for character, places in self._characters.items() if expression.match(character))


@cache
def compiled(characters: str) -> re.Pattern[str]:
    """The expression of a set. Raises re.error for an invalid set."""
    return re.compile(characters)


@dataclass(frozen=True)
class Character:
    """A character itself."""

    character: str

    def ends(self, starts: int, path: Path) -> int:
        return (starts & path.of(self.character)) << 1


@dataclass(frozen=True)
class OneOf:
    """One of the characters of a set, as re writes it."""

    characters: str

    def ends(self, starts: int, path: Path) -> int:
        return (starts & path.of_set(self.characters)) << 1


@dataclass(frozen=True)
class Some:
    """Characters of a name, or of a line (`across` folders): at least `least`, which is 0 or 1, and at most `most`."""

    least: int
    most: int | None = None
    across: bool = False

    def ends(self, starts: int, path: Path) -> int:
        inside = path.in_line if self.across else path.in_name
        if self.least:
            starts = (starts & inside) << 1
        if self.most == 1:
            return starts
        # The sum carries each start through the places that follow it inside; what it changes can be reached.
        return starts | (((starts & inside) + inside) ^ inside)


@dataclass(frozen=True)
class Maybe:
    """Steps that may be left out."""

    steps: tuple["Step", ...]

    def ends(self, starts: int, path: Path) -> int:
        return starts | _ends(self.steps, starts, path)


Step = Character | OneOf | Some | Maybe


def matches(steps: Iterable[Step], path: Path) -> bool:
    """Tell whether the steps lead from the start of a path to its end."""
    return bool(_ends(steps, 1, path) & path.ends)


def _ends(steps: Iterable[Step], starts: int, path: Path) -> int:
    for step in steps:
        if not starts:
            break
        starts = step.ends(starts, path)
    return starts
