"""The packages and interpreters of a service's image, in one form for every kind. An absent image has none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from dockdj.model.inventory.inventory import Distribution, OsPackage
from dockdj.model.release.image import ServiceImage

KINDS = ("os", "python", "npm")
# A package as an image has it: of the system, of an interpreter, or the version of an npm package.
Entry = OsPackage | Distribution | str
Held = TypeVar("Held")


@dataclass(frozen=True)
class Package:
    """An installed package. `origin` is base or ours, None for npm packages, whose origin is unknown."""

    version: str
    source: str
    origin: str | None = None


def packages(image: ServiceImage | None, kind: str) -> dict[str, Mapping[str, Entry]]:
    """Place -> name -> entry, for `package`.

    Places are interpreters' prefixes and node_modules folders; the place of the system's packages is empty.
    """
    if kind == "os":
        return {"": image.os.packages if image and image.os else {}}
    if image is None:
        return {}
    if kind == "python":
        return {place: interpreter.packages for place, interpreter in image.python.items()}
    return dict(image.npm)


def package(name: str, entry: Entry) -> Package:
    """The package of an entry. Without a source package it is its own."""
    if isinstance(entry, OsPackage):
        return Package(entry.version, entry.source or name, entry.origin)
    if isinstance(entry, Distribution):
        return Package(entry.version, name, entry.origin)
    return Package(entry, name)


def interpreters(image: ServiceImage | None) -> dict[str, str]:
    """Prefix -> version of each Python."""
    return {place: each.version for place, each in image.python.items() if each.version} if image else {}


def paired(one: Mapping[str, Held], two: Mapping[str, Held]) -> Iterator[tuple[str | None, Held | None, Held | None]]:
    """The values of two sides, by place. The place is None where neither side has a second one."""
    if len(one) <= 1 and len(two) <= 1:
        yield None, next(iter(one.values()), None), next(iter(two.values()), None)
        return
    for place in sorted({*one, *two}):
        yield place, one.get(place), two.get(place)
