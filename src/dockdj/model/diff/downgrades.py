"""The downgrades of a release: fixes that are lost, mostly by a rollback. The database alone stays newer."""

from collections.abc import Iterator
from dataclasses import dataclass

from dockdj.model.diff.changes import Changes
from dockdj.model.diff.packages import ASSETS
from dockdj.model.listing import in_words
from dockdj.model.version import parse

SHOWN = 8
# The system's package that tells the same as a runtime's name.
PACKAGED = {"libc": "glibc"}


@dataclass(frozen=True)
class Loss:
    """A package or runtime that is older than before.

    `kind` is os, python, npm or runtime; `name` is the name of the source package.
    """

    kind: str
    name: str
    before: str
    after: str
    services: tuple[str, ...]


def losses(changes: Changes) -> tuple[Loss, ...]:
    """All downgrades in the images: the system's packages first, then runtimes, then the application's packages."""
    services: dict[tuple[str, str, str, str], set[str]] = {}
    for kind, name, before, after, service in (*_packages(changes), *_runtimes(changes)):
        services.setdefault((kind, name, before, after), set()).add(service)
    packaged = {name for kind, name, _, _ in services if kind == "os"}
    losses = [
        Loss(*key, tuple(sorted(where)))
        for key, where in services.items()
        if key[0] != "runtime" or PACKAGED.get(key[1], key[1]) not in packaged
    ]
    order = ("os", "runtime", "python", "npm")
    return tuple(sorted(losses, key=lambda loss: (order.index(loss.kind), loss.name, loss.before, loss.services)))


def warning(changes: Changes) -> str:
    """The losses in one sentence; empty without a loss."""
    lost = [f"{name} {before} → {after}" for name, before, after in _named(changes)]
    if not lost:
        return ""
    back = parse(changes.after) < parse(changes.before)
    what = "going back loses newer versions of" if back else f"{changes.after} has older versions of"
    return f"{what}: {in_words(lost, SHOWN)}"


def schema_warning(changes: Changes) -> str:
    """The migrations that stay applied although the release does not know them, in one sentence; empty without one.

    The sentence names those that cannot be undone, and what they dropped, as far as the records tell.
    """
    staying = changes.staying or ()
    apps = {change.app for change in staying}
    ahead = [
        f"{leaf.app} {leaf.before} (it has {leaf.after or 'none'})"
        for leaf in changes.leaves
        if leaf.app in apps or (changes.staying is None and leaf.change in ("down", "remove"))
    ]
    if not ahead:
        return ""
    parts = [f"it keeps migrations that {changes.after} does not know: {in_words(ahead, SHOWN)}"]
    if final := [f"{each.app}.{each.name}" for each in staying if each.reversible is False]:
        parts.append(f"cannot be undone: {in_words(final, SHOWN)}")
    if unknown := [f"{each.app}.{each.name}" for each in staying if each.reversible is None]:
        parts.append(f"unknown whether they can be undone: {in_words(unknown, SHOWN)}")
    if dropped := sorted({place for each in staying for place in each.drops}):
        parts.append(f"dropped for good: {in_words(dropped, SHOWN)}")
    return "; ".join(parts)


def _named(changes: Changes) -> list[tuple[str, str, str]]:
    """Name and versions of each loss once, however many services have it."""
    return list(dict.fromkeys((loss.name, loss.before, loss.after) for loss in losses(changes)))


def _packages(changes: Changes) -> Iterator[tuple[str, str, str, str, str]]:
    for change in changes.packages:
        if change.change == "down" and change.service != ASSETS:
            yield change.kind, change.source, change.before or "", change.after or "", change.service


def _runtimes(changes: Changes) -> Iterator[tuple[str, str, str, str, str]]:
    for change in changes.runtimes:
        # The packages tell the downgrade of the system itself.
        if change.change == "down" and change.name != "os":
            yield "runtime", change.name, change.before or "", change.after or "", change.service
