"""The order of Debian package versions: deb-version(7), "Sorting algorithm"."""

import re
from collections.abc import Iterator
from itertools import zip_longest

# The rest of a part is compared with this once the other part has ended: no text, and the number 0.
# Python converts no text of more than 4,300 digits to a number, so numbers are compared by length and text.
END: tuple[tuple[int, ...], tuple[int, str]] = ((0,), (0, ""))
_PIECE = re.compile(r"([^0-9]*)([0-9]*)", re.ASCII)


def compare(one: str, other: str) -> int:
    """-1, 0 or 1, as `dpkg --compare-versions` orders two versions [EPOCH:]UPSTREAM[-REVISION]."""
    mine, theirs = _parts(one), _parts(other)
    if mine[0] != theirs[0]:
        return -1 if mine[0] < theirs[0] else 1
    return _compare_part(mine[1], theirs[1]) or _compare_part(mine[2], theirs[2])


def _parts(version: str) -> tuple[tuple[int, str], str, str]:
    epoch, colon, rest = version.partition(":")
    if not (colon and epoch.isascii() and epoch.isdigit()):
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return _number(epoch), upstream, revision


def _compare_part(one: str, other: str) -> int:
    for mine, theirs in zip_longest(_pieces(one), _pieces(other), fillvalue=END):
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0


def _pieces(part: str) -> Iterator[tuple[tuple[int, ...], tuple[int, str]]]:
    """Runs of other characters, each with the number after it. A run's end sorts as 0: above `~`, below the rest."""
    for text, digits in _PIECE.findall(part):
        if text or digits:
            yield (*(_weight(character) for character in text), 0), _number(digits)


def _number(digits: str) -> tuple[int, str]:
    significant = digits.lstrip("0")
    return len(significant), significant


def _weight(character: str) -> int:
    """`~` first, letters before all else."""
    if character == "~":
        return -1
    return ord(character) if character.isascii() and character.isalpha() else ord(character) + 256
