"""The packages that differ between two releases."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dockdj.model.diff.direction import Change, Order, direction, order_of
from dockdj.model.release.contents import KINDS, Entry, package, packages, paired
from dockdj.model.release.image import ServiceImage

# The service of npm packages that built the assets and are in no image.
ASSETS = ""


@dataclass(frozen=True)
class PackageChange:
    """A package that is new, gone or of another version; `kind` is os, python or npm, absence is None.

    `source` is the source package if both records name the same, else the package itself. `place` is the interpreter's
    prefix or the node_modules folder if an image has several. An origin is base (the base image brought the package)
    or ours.
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


def package_changes(service: str, old: ServiceImage | None, new: ServiceImage | None) -> Iterator[PackageChange]:
    """The packages of a service's image that differ, by kind, place and name."""
    systems = [image.os.id if image and image.os else None for image in (old, new)]
    for kind in KINDS:
        subject = _Subject(service, kind, order_of(kind, *systems))
        yield from _changes(subject, packages(old, kind), packages(new, kind))


def asset_changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[PackageChange]:
    """The npm packages that built the assets of two releases and differ."""
    return _changes(_Subject(ASSETS, "npm", order_of("npm", None, None)), {"": old}, {"": new})


@dataclass(frozen=True)
class _Subject:
    """The packages of one kind in a service's image, and the order of their versions."""

    service: str
    kind: str
    order: Order


def _changes(
    subject: _Subject, old: Mapping[str, Mapping[str, Entry]], new: Mapping[str, Mapping[str, Entry]]
) -> Iterator[PackageChange]:
    for place, one, two in paired(old, new):
        for name in sorted({*(one or {}), *(two or {})}):
            before, after = (one or {}).get(name), (two or {}).get(name)
            # Most are equal.
            if before != after and (change := _change(subject, name, place, (before, after))):
                yield change


def _change(
    subject: _Subject, name: str, place: str | None, entries: tuple[Entry | None, Entry | None]
) -> PackageChange | None:
    """The change of a package from its entries in both images; None where only its origin differs."""
    before, after = (None if entry is None else package(name, entry) for entry in entries)
    versions = before.version if before else None, after.version if after else None
    if versions[0] == versions[1]:
        return None
    sources = {side.source for side in (before, after) if side}
    return PackageChange(
        service=subject.service,
        kind=subject.kind,
        name=name,
        before=versions[0],
        after=versions[1],
        change=direction(subject.order, *versions),
        source=sources.pop() if len(sources) == 1 else name,
        place=place,
        origin_before=before.origin if before else None,
        origin_after=after.origin if after else None,
    )
