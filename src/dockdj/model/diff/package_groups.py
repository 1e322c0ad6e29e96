"""Package changes as people read them: one line for the packages of a source, however many services have them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from dockdj.model.diff.direction import Change
from dockdj.model.diff.packages import PackageChange


@dataclass(frozen=True)
class PackageGroup:
    """Packages of one source that changed alike, in the same services and at the same place.

    `origin` is base or ours, or both with an arrow where it changed; empty for npm packages.
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
    for change in packages:
        alike = PackageGroup(
            change.source, (), change.before, change.after, change.change, (), change.place, _origin(change)
        )
        services.setdefault((change.name, alike), set()).add(change.service)
    names: dict[PackageGroup, list[str]] = {}
    for (name, alike), where in services.items():
        names.setdefault(replace(alike, services=tuple(sorted(where))), []).append(name)
    groups = [replace(alike, names=tuple(sorted(members))) for alike, members in names.items()]
    return tuple(sorted(groups, key=_order))


def _order(group: PackageGroup) -> tuple[object, ...]:
    return group.source, group.names, group.services, group.place or "", group.before or "", group.after or ""


def _origin(change: PackageChange) -> str:
    return " → ".join(dict.fromkeys(origin for origin in (change.origin_before, change.origin_after) if origin))


def counts(packages: Iterable[PackageChange]) -> dict[Change, int]:
    """The number of packages by direction. A package counts once, however many services have it."""
    numbers = Counter(
        change for _, _, _, change in {(each.name, each.before, each.after, each.change) for each in packages}
    )
    order: tuple[Change, ...] = ("up", "down", "add", "remove", "other")
    return {change: numbers[change] for change in order}
