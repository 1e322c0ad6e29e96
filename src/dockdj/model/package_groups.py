"""Package changes as people read them: one line for the packages of a source, whatever services have them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dockdj.model.changes import PackageChange
from dockdj.model.direction import Change


@dataclass(frozen=True)
class PackageGroup:
    """Packages of one source that went the same way, in the same services."""

    source: str
    names: tuple[str, ...]
    before: str | None
    after: str | None
    change: Change
    services: tuple[str, ...]


def grouped(packages: Iterable[PackageChange]) -> tuple[PackageGroup, ...]:
    """The changes by source package and versions, sorted by source."""
    services: dict[tuple[str, str, str | None, str | None, Change], list[str]] = {}
    for one in packages:
        services.setdefault((one.source, one.name, one.before, one.after, one.change), []).append(one.service)
    names: dict[tuple[str, str | None, str | None, Change, tuple[str, ...]], list[str]] = {}
    for (source, name, before, after, change), where in services.items():
        names.setdefault((source, before, after, change, tuple(sorted(set(where)))), []).append(name)
    groups = [
        PackageGroup(source, tuple(sorted(members)), before, after, change, where)
        for (source, before, after, change, where), members in names.items()
    ]
    return tuple(sorted(groups, key=lambda one: (one.source, one.names, one.services, one.before or "")))


def counts(packages: Iterable[PackageChange]) -> dict[Change, int]:
    """How many packages went which way; one that did so in several services counts once."""
    found = Counter(change for _, _, _, change in {(one.name, one.before, one.after, one.change) for one in packages})
    order: tuple[Change, ...] = ("up", "down", "add", "remove", "other")
    return {change: found[change] for change in order}
