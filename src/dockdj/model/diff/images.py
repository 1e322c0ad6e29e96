"""What became of a release's images, and how much of them a machine with the other release lacks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dockdj.model.diff.direction import Change, direction


@dataclass(frozen=True)
class ImageChange:
    """A service's image that differs. Digests are of configurations, sizes in bytes, uncompressed; absence is None.

    `new_layers` of `layers` are those that no image of the earlier release has at that place; Docker fetches them.
    A record holds the size of an image and not of its layers, so that the bytes to fetch, before compression, are
    known between two bounds: `pull_least` and `pull_most`.
    """

    service: str
    before: str | None
    after: str | None
    source_before: str | None = None
    source_after: str | None = None
    size_before: int | None = None
    size_after: int | None = None
    layers: int = 0
    new_layers: int = 0
    pull_least: int = 0
    pull_most: int = 0


@dataclass(frozen=True)
class _Image:
    layers: tuple[str, ...]
    size: int


def image_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ImageChange]:
    """The images that differ between the services of two records."""
    present = [_image(service) for service in old.values()]
    every = [*present, *(_image(service) for service in new.values())]
    for name in sorted(set(old) | set(new)):
        one, two = old.get(name, {}), new.get(name, {})
        if one.get("config") == two.get("config"):
            continue
        image = _image(two)
        shared = max((_common(image.layers, other.layers) for other in present), default=0)
        least, most = _bounds(image, shared, every)
        yield ImageChange(
            service=name,
            before=one.get("config"),
            after=two.get("config"),
            source_before=one.get("source"),
            source_after=two.get("source"),
            size_before=one.get("size"),
            size_after=two.get("size"),
            layers=len(image.layers),
            new_layers=len(image.layers) - shared,
            pull_least=least,
            pull_most=most,
        )


def to_pull(changes: Collection[ImageChange]) -> tuple[int, int]:
    """At least and at most how many bytes all of them take; services of one image fetch it once."""
    each = {change.after: change for change in changes if change.after}.values()
    return sum(one.pull_least for one in each), sum(one.pull_most for one in each)


def _image(service: Mapping[str, Any]) -> _Image:
    return _Image(tuple(service.get("diff_ids", ())), service.get("size", 0))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _bounds(image: _Image, shared: int, every: Collection[_Image]) -> tuple[int, int]:
    """The shared layers are no larger than any image that has them all, and no smaller than one they contain whole."""
    if shared == len(image.layers):
        return 0, 0
    start = image.layers[:shared]
    if not start:
        return image.size, image.size
    above = min(other.size for other in [image, *every] if other.layers[:shared] == start)
    below = max(
        (other.size for other in every if other.layers and other.layers == start[: len(other.layers)]), default=0
    )
    return max(0, image.size - above), max(0, image.size - below)


@dataclass(frozen=True)
class BaseChange:
    """Another base image; digests are of configurations. Absence is None: a service of its own, or nothing proved."""

    service: str
    name_before: str | None
    name_after: str | None
    before: str | None
    after: str | None
    change: Change


def base_changes(service: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[BaseChange]:
    """The change of a service's base, if there is one."""
    one, two = old.get("base") or {}, new.get("base") or {}
    before, after = one.get("config"), two.get("config")
    names = one.get("name"), two.get("name")
    if (names[0], before) != (names[1], after):
        yield BaseChange(service, *names, before, after, direction("unknown", before, after))
