"""What a release takes away that the one before had newer: fixes that are lost, most often by going back; and what
stays newer all the same, the database."""

from collections.abc import Iterator
from dataclasses import dataclass

from dockdj.model.diff.changes import Changes
from dockdj.model.diff.packages import ASSETS
from dockdj.model.listing import in_words
from dockdj.model.version import parse

SHOWN = 8
# What the system's package of this name or source says already.
PACKAGED = {"libc": "glibc"}


@dataclass(frozen=True)
class Loss:
    """Something older than before: `kind` is os, python, npm or runtime; `name` is the source package's."""

    kind: str
    name: str
    before: str
    after: str
    services: tuple[str, ...]


def losses(changes: Changes) -> tuple[Loss, ...]:
    """Everything in the images that goes down: the system's packages first, then runtimes, then the application's."""
    services: dict[tuple[str, str, str, str], set[str]] = {}
    for kind, name, before, after, service in (*_packages(changes), *_runtimes(changes)):
        services.setdefault((kind, name, before, after), set()).add(service)
    packaged = {name for kind, name, _, _ in services if kind == "os"}
    found = [
        Loss(*key, tuple(sorted(where)))
        for key, where in services.items()
        if key[0] != "runtime" or PACKAGED.get(key[1], key[1]) not in packaged
    ]
    order = ("os", "runtime", "python", "npm")
    return tuple(sorted(found, key=lambda one: (order.index(one.kind), one.name, one.before, one.services)))


def warning(changes: Changes) -> str:
    """The losses in one sentence; empty when there are none."""
    lost = [f"{name} {before} → {after}" for name, before, after in _named(changes)]
    if not lost:
        return ""
    back = parse(changes.after) < parse(changes.before)
    what = "going back loses newer versions of" if back else f"{changes.after} has older versions of"
    return f"{what}: {in_words(lost, SHOWN)}"


def schema_warning(changes: Changes) -> str:
    """That the database is ahead, in one sentence: its migrations stay applied. Empty when the release knows them."""
    ahead = [
        f"{one.app} {one.before} (it has {one.after or 'none'})"
        for one in changes.leaves
        if one.change in ("down", "remove")
    ]
    if not ahead:
        return ""
    return f"it keeps migrations that {changes.after} does not know: {in_words(ahead, SHOWN)}"


def _named(changes: Changes) -> list[tuple[str, str, str]]:
    """Once each, whatever services have it."""
    return list(dict.fromkeys((one.name, one.before, one.after) for one in losses(changes)))


def _packages(changes: Changes) -> Iterator[tuple[str, str, str, str, str]]:
    for one in changes.packages:
        if one.change == "down" and one.service != ASSETS:
            yield one.kind, one.source, one.before or "", one.after or "", one.service


def _runtimes(changes: Changes) -> Iterator[tuple[str, str, str, str, str]]:
    for one in changes.runtimes:
        # The system itself is its packages.
        if one.change == "down" and one.name != "os":
            yield "runtime", one.name, one.before or "", one.after or "", one.service
