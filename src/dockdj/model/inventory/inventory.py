"""The contents of an image, and their origin: its base image, or the build on top of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

BASE, OURS = "base", "ours"


@dataclass(frozen=True)
class OsPackage:
    """An installed package of the operating system, and its source package."""

    version: str
    source: str
    origin: str = OURS


@dataclass(frozen=True)
class Distribution:
    """An installed Python distribution."""

    version: str
    origin: str = OURS


Package = TypeVar("Package", OsPackage, Distribution)


@dataclass(frozen=True)
class Interpreter:
    """A Python, and the distributions that it finds, by normalised name (PEP 503)."""

    version: str
    packages: Mapping[str, Distribution]


@dataclass(frozen=True)
class Base:
    """An image whose layers are the first layers of another image; `layers` is their number."""

    name: str
    config: str
    layers: int


@dataclass(frozen=True)
class Contents:
    """The digests that identify an image's content: of its configuration, and of its uncompressed layers."""

    config: str
    diff_ids: tuple[str, ...]


@dataclass(frozen=True)
class Inventory:
    """An image's contents as the release record holds them.

    `os_packages` is None without a package database, `unmanaged` without a label that names paths. The keys of `python`
    are the interpreters' prefixes, those of `npm` the paths of node_modules folders.
    """

    os_id: str = ""
    os_version: str = ""
    os_packages: Mapping[str, OsPackage] | None = None
    python: Mapping[str, Interpreter] = field(default_factory=dict)
    npm: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    runtime: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    unmanaged: Mapping[str, str] | None = None
    base: Base | None = None


def proved_base(candidates: Mapping[str, Contents], image: Contents) -> Base | None:
    """The candidate whose layers are the image's first layers; of several, the candidate with the most layers.

    `candidates` is name -> contents. Neither an image without layers nor the image itself is a base.
    """
    proved = [
        Base(name, candidate.config, len(candidate.diff_ids))
        for name, candidate in sorted(candidates.items())
        if 0 < len(candidate.diff_ids) < len(image.diff_ids)
        and image.diff_ids[: len(candidate.diff_ids)] == candidate.diff_ids
    ]
    return max(proved, key=lambda base: base.layers, default=None)


def built_on(inventory: Inventory, base: Base, below: Inventory) -> Inventory:
    """The inventory with the origin of its packages: BASE if `below`, the base's inventory, has the same version."""
    system = inventory.os_packages
    return replace(
        inventory,
        base=base,
        os_packages=None if system is None else _marked(system, below.os_packages or {}),
        python={
            prefix: replace(
                python,
                packages=_marked(python.packages, below.python[prefix].packages if prefix in below.python else {}),
            )
            for prefix, python in inventory.python.items()
        },
    )


def _marked(packages: Mapping[str, Package], below: Mapping[str, Package]) -> dict[str, Package]:
    return {
        name: replace(package, origin=BASE if name in below and below[name].version == package.version else OURS)
        for name, package in packages.items()
    }
