"""Package changes as people read them: one line for the packages of a source, whatever services have them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from dockdj.model.diff.direction import Change
from dockdj.model.diff.packages import PackageChange


@dataclass(frozen=True)
class PackageGroup:
    """Packages of one source that went the same way, in the same services and at the same place.

    `origin` is base or ours, or what it was and is; empty where no record says.
    """

    source: str
    names: tuple[str, ...]
    before: str | None
    after: str | None
    change: Change
    services: tuple[str, ...]
    place: str | None = None
    origin: str = ""


def grouped(packages: Iterable[PackageChange]) -> tuple[PackageGroup, ...]:
    """The changes by source package and versions, sorted by source."""
    services: dict[tuple[str, PackageGroup], set[str]] = {}
    for one in packages:
        alike = PackageGroup(one.source, (), one.before, one.after, one.change, (), one.place, _origin(one))
        services.setdefault((one.name, alike), set()).add(one.service)
    names: dict[PackageGroup, list[str]] = {}
    for (name, alike), where in services.items():
        names.setdefault(replace(alike, services=tuple(sorted(where))), []).append(name)
    groups = [replace(alike, names=tuple(sorted(members))) for alike, members in names.items()]
    return tuple(sorted(groups, key=_order))


def _order(one: PackageGroup) -> tuple[object, ...]:
    return one.source, one.names, one.services, one.place or "", one.before or "", one.after or ""


def _origin(one: PackageChange) -> str:
    return " → ".join(dict.fromkeys(origin for origin in (one.origin_before, one.origin_after) if origin))


def counts(packages: Iterable[PackageChange]) -> dict[Change, int]:
    """How many packages went which way; one that did so in several services counts once."""
    found = Counter(change for _, _, _, change in {(one.name, one.before, one.after, one.change) for one in packages})
    order: tuple[Change, ...] = ("up", "down", "add", "remove", "other")
    return {change: found[change] for change in order}
