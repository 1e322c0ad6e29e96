"""Shell patterns in a Dockerfile's substitutions: `${x#p}`, `${x%p}` and `${x/p/r}`.

A pattern has `*` and `?` and no bracket expressions, as in BuildKit. Sets of positions are the bits of a number, so
no pattern takes longer than its length times the value's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

ANY_TEXT, ANY_CHARACTER = 0, 1
# A token is one of the two above, or a literal character.
Token = int | str


class BadPattern(Exception):
    """A pattern that BuildKit refuses."""


@dataclass(frozen=True)
class _Subject:
    """A text to search: for each character the positions at which it is, and the positions of all but line ends."""

    places: dict[str, int]
    passable: int

    def ends(self, tokens: Sequence[Token], starts: int) -> int:
        """The positions at which a match of the tokens may end that begins at one of the positions `starts`."""
        positions = starts
        for token in tokens:
            if token == ANY_TEXT:
                # The carry of the addition runs through each series of passable characters.
                positions |= ((positions & self.passable) + self.passable) ^ self.passable
            elif token == ANY_CHARACTER:
                positions = (positions & self.passable) << 1
            else:
                positions = (positions & self.places.get(str(token), 0)) << 1
        return positions


def without_prefix(value: str, pattern: str, *, longest: bool) -> str:
    """`${x#pattern}`, or `${x##pattern}` for the longest prefix."""
    ends = _subject(value).ends(_tokens(pattern), 1)
    if not ends:
        return value
    return value[_highest(ends) if longest else _lowest(ends) :]


def without_suffix(value: str, pattern: str, *, longest: bool) -> str:
    """`${x%pattern}`, or `${x%%pattern}` for the longest suffix."""
    return without_prefix(value[::-1], _reversed(pattern), longest=longest)[::-1]


def replaced(value: str, pattern: str, replacement: str, *, every: bool) -> str:
    """`${x/pattern/replacement}`, or `${x//pattern/replacement}` for every match; each match is the longest."""
    tokens, subject, length = _tokens(pattern), _subject(value), len(value)
    backwards = _subject(value[::-1]).ends(tokens[::-1], (1 << (length + 1)) - 1)
    starts = [start for start in range(length + 1) if backwards >> (length - start) & 1]
    parts: list[str] = []
    last_end = 0
    for start in starts:
        if start < last_end:
            continue
        end = _highest(subject.ends(tokens, 1 << start))
        parts.append(value[last_end:start])
        # An empty match right after another match counts for nothing.
        if end > last_end or start == 0:
            parts.append(replacement)
        last_end = end
        if not every:
            break
    return "".join(parts) + value[last_end:]


def _subject(value: str) -> _Subject:
    places: dict[str, int] = {}
    for position, character in enumerate(value):
        places[character] = places.get(character, 0) | 1 << position
    return _Subject(places, ((1 << len(value)) - 1) & ~places.get("\n", 0))


def _tokens(pattern: str) -> list[Token]:
    tokens: list[Token] = []
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            character = next(characters, "")
            if character not in ("}", "/", "*", "?", "\\"):
                raise BadPattern(f"invalid escape `\\{character}`")
            tokens.append(character)
        elif character == "*":
            if tokens[-1:] != [ANY_TEXT]:
                tokens.append(ANY_TEXT)
        else:
            tokens.append(ANY_CHARACTER if character == "?" else character)
    return tokens


def _reversed(pattern: str) -> str:
    """The pattern from its end; an escaped character keeps its escape in front."""
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        width = 2 if pattern[position] == "\\" and position + 1 < len(pattern) else 1
        parts.append(pattern[position : position + width])
        position += width
    return "".join(reversed(parts))


def _lowest(positions: int) -> int:
    return (positions & -positions).bit_length() - 1


def _highest(positions: int) -> int:
    return positions.bit_length() - 1
