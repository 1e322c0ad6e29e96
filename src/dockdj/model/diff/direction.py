"""The direction of a version's change, by the order of versions of its kind of package."""

import re
from dataclasses import dataclass
from typing import Literal

from dockdj.model.diff import debian_version
from dockdj.model.inventory.npm_packages import own_name

Change = Literal["add", "remove", "up", "down", "other"]
# The rule that orders versions: dpkg's, PEP 440's, Semantic Versioning's, or a rule unknown here.
Order = Literal["dpkg", "pep440", "semver", "unknown"]

# Distributions with apk, whose versions have another rule.
WITHOUT_DPKG = ("alpine", "wolfi", "chainguard")
_SEMVER = re.compile(r"(\d{1,999})\.(\d{1,999})\.(\d{1,999})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?", re.ASCII)


def direction(order: Order, before: str | None, after: str | None) -> Change:
    """The direction of a version's change; absence is None. `other` is a change without a known order."""
    if before is None or after is None:
        return "add" if before is None else "remove"
    sign = _compare(order, before, after)
    return "up" if sign < 0 else "down" if sign > 0 else "other"


def named_direction(order: Order, before: str | None, after: str | None) -> Change:
    """The direction of the change of a name with a version, as `glibc 2.41`; two names have no order."""
    if before is None or after is None:
        return direction(order, before, after)
    one, other = before.rpartition(" "), after.rpartition(" ")
    return direction(order, one[2], other[2]) if one[0] == other[0] else "other"


def order_of(kind: str, before: str | None, after: str | None) -> Order:
    """The order of packages of a kind, os, python or npm, between two systems named by the ID of their os-release.

    Versions of two distributions are not compared: the same number is another package there.
    """
    if kind != "os":
        return "pep440" if kind == "python" else "semver"
    names = {name for name in (before, after) if name}
    return "dpkg" if len(names) == 1 and not names & set(WITHOUT_DPKG) else "unknown"


def _compare(order: Order, before: str, after: str) -> int:
    if order == "dpkg":
        return debian_version.compare(before, after)
    if order == "semver":
        return _compare_npm(before, after)
    return _compare_python(before, after) if order == "pep440" else 0


def _compare_python(before: str, after: str) -> int:
    # Imported where needed: the import takes much of a comparison's time.
    from packaging.version import InvalidVersion, Version

    try:
        one, other = Version(before), Version(after)
    except (InvalidVersion, ValueError):
        # The second is about a number that is too long for Python.
        return 0
    return (one > other) - (one < other)


def _compare_npm(before: str, after: str) -> int:
    """Compare by Semantic Versioning 2.0, section 11: a pre-release is lower, its numbers sort below its words.

    Two packages under one alias (`npm:NAME@VERSION`) have no order.
    """
    (name, before), (other_name, after) = (own_name("", text) for text in (before, after))
    if name != other_name:
        return 0
    matches = [_SEMVER.fullmatch(text) for text in (before, after)]
    if not (matches[0] and matches[1]):
        return 0
    one, other = (([int(part) for part in match.groups()[:3]], _prerelease(match[4])) for match in matches if match)
    return (one > other) - (one < other)


def _prerelease(text: str | None) -> list[tuple[int, int, str]]:
    if text is None:
        return [(2, 0, "")]
    return [_identifier(part) for part in text.split(".")]


def _identifier(part: str) -> tuple[int, int, str]:
    # Numbers are compared by length and text: Python converts no text of more than 4,300 digits.
    digits = part.lstrip("0")
    return (0, len(digits), digits) if part.isdigit() else (1, 0, part)


@dataclass(frozen=True)
class ValueChange:
    """A runtime, a setting of an image or a file that differs; for files the values are digests."""

    service: str
    name: str
    before: str | None
    after: str | None
    change: Change


def value_change(service: str, name: str, before: str | None, after: str | None) -> ValueChange | None:
    """The change of a value that has no order; None for equal values."""
    if before == after:
        return None
    return ValueChange(service, name, before, after, direction("unknown", before, after))
