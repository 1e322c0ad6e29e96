"""Whether a version went up or down, by the order that its kind of package has."""

from typing import Literal

from dockdj.model import debian_version

Change = Literal["add", "remove", "up", "down", "other"]
# By which rule versions are ordered: dpkg's, PEP 440's, or none that is known here.
Order = Literal["dpkg", "pep440", "unknown"]

# Distributions with apk, whose versions follow a rule of their own.
WITHOUT_DPKG = ("alpine", "wolfi", "chainguard")


def direction(order: Order, before: str | None, after: str | None) -> Change:
    """What became of a version; absence is None. `other` where it changed and no order says which way."""
    if before is None or after is None:
        return "add" if before is None else "remove"
    sign = _compare(order, before, after)
    return "up" if sign < 0 else "down" if sign > 0 else "other"


def order_of(kind: str, before: str | None, after: str | None) -> Order:
    """The order of packages of a kind, os or python, between two systems named by the ID of their os-release.

    Versions of two distributions are not compared: the same number there is another package.
    """
    if kind == "python":
        return "pep440"
    names = {name for name in (before, after) if name}
    return "dpkg" if len(names) == 1 and not names & set(WITHOUT_DPKG) else "unknown"


def _compare(order: Order, before: str, after: str) -> int:
    if order == "dpkg":
        return debian_version.compare(before, after)
    return _compare_python(before, after) if order == "pep440" else 0


def _compare_python(before: str, after: str) -> int:
    # Imported where it is needed: it is a good part of what a comparison takes.
    from packaging.version import InvalidVersion, Version

    try:
        one, other = Version(before), Version(after)
    except InvalidVersion:
        return 0
    return (one > other) - (one < other)
