"""What is inside an image, and which of it came with the image that it was built on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

BASE, OURS = "base", "ours"


@dataclass(frozen=True)
class OsPackage:
    """An installed package of the operating system, with the source package it was built from."""

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
    """A Python, and by normalised name (PEP 503) the distributions it finds."""

    version: str
    packages: Mapping[str, Distribution]


@dataclass(frozen=True)
class Base:
    """An image whose layers are the first of another's; `layers` is how many."""

    name: str
    config: str
    layers: int


@dataclass(frozen=True)
class Contents:
    """What identifies an image's content: the digest of its configuration, and those of its uncompressed layers."""

    config: str
    diff_ids: tuple[str, ...]


@dataclass(frozen=True)
class Inventory:
    """An image's contents as the release record holds them.

    `os_packages` is None where the image has no package database, `unmanaged` where its label names no paths; `python`
    is by the interpreter's prefix, `npm` by the path of the node_modules folder.
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
    """The candidate, by name, whose layers are the first of the image's; of several, the one with the most.

    An image without layers proves nothing, and neither does one that is the image itself: nothing was built on it.
    """
    proved = [
        Base(name, candidate.config, len(candidate.diff_ids))
        for name, candidate in sorted(candidates.items())
        if 0 < len(candidate.diff_ids) < len(image.diff_ids)
        and image.diff_ids[: len(candidate.diff_ids)] == candidate.diff_ids
    ]
    return max(proved, key=lambda base: base.layers, default=None)


def built_on(inventory: Inventory, base: Base, below: Inventory) -> Inventory:
    """The inventory with the origin of its packages: `base` has those that are in `below` at the same version."""
    system = inventory.os_packages
    return replace(
        inventory,
        base=base,
        os_packages=None if system is None else _marked(system, below.os_packages or {}),
        python={
            prefix: replace(
                one, packages=_marked(one.packages, below.python[prefix].packages if prefix in below.python else {})
            )
            for prefix, one in inventory.python.items()
        },
    )


def _marked(packages: Mapping[str, Package], below: Mapping[str, Package]) -> dict[str, Package]:
    return {
        name: replace(one, origin=BASE if name in below and below[name].version == one.version else OURS)
        for name, one in packages.items()
    }
