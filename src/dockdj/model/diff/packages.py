"""Packages that are not the same in two records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model.diff.direction import Change, Order, direction, order_of
from dockdj.model.release.contents import KINDS, package, packages, paired

# Stands for the service of npm packages that built the assets and reach no image.
ASSETS = ""


@dataclass(frozen=True)
class PackageChange:
    """A package that is new, gone or of another version; `kind` is os, python or npm, absence is None.

    `source` is the source package it is built from, where both records name the same one, else the package itself.
    `place` is the interpreter's prefix or the node_modules folder, where an image has several. An origin is base
    (the image it was built on brought it) or ours.
    """

    service: str
    kind: str
    name: str
    before: str | None
    after: str | None
    change: Change
    source: str
    place: str | None = None
    origin_before: str | None = None
    origin_after: str | None = None


def package_changes(service: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PackageChange]:
    """The packages of a service's image, by kind, place and name."""
    for kind in KINDS:
        order = order_of(kind, *((side.get(kind) or {}).get("id") for side in (old, new)))
        for place, one, two in paired(packages(old, kind), packages(new, kind)):
            for name in sorted({*(one or {}), *(two or {})}):
                before, after = (one or {}).get(name), (two or {}).get(name)
                # Most are equal.
                if before != after and (found := _change(service, kind, name, place, order, (before, after))):
                    yield found


def asset_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PackageChange]:
    """The npm packages that built the assets, out of two records."""
    one, two = ({"npm": {"": side.get("npm") or {}}} for side in (old, new))
    return package_changes(ASSETS, one, two)


def _change(
    service: str, kind: str, name: str, place: str | None, order: Order, entries: tuple[Any, Any]
) -> PackageChange | None:
    """The change of a package from its entries in both records; None where only its origin is another."""
    before, after = (None if entry is None else package(name, entry) for entry in entries)
    versions = before.version if before else None, after.version if after else None
    if versions[0] == versions[1]:
        return None
    sources = {side.source for side in (before, after) if side}
    return PackageChange(
        service=service,
        kind=kind,
        name=name,
        before=versions[0],
        after=versions[1],
        change=direction(order, *versions),
        source=sources.pop() if len(sources) == 1 else name,
        place=place,
        origin_before=before.origin if before else None,
        origin_after=after.origin if after else None,
    )
