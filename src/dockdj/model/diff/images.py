"""The images of two releases that differ, and how much of them a machine with the other release lacks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dockdj.model.diff.direction import Change, direction
from dockdj.model.release.image import ServiceImage


@dataclass(frozen=True)
class ImageChange:
    """A service's image that differs. Digests are of configurations, sizes in bytes, uncompressed; absence is None.

    Of its `layers`, `new_layers` are at that place in no image of the earlier release; Docker fetches them.
    A record holds the size of an image and not of its layers. So the bytes to fetch, before compression, are known
    between two bounds: `pull_least` and `pull_most`.
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


def image_changes(old: Mapping[str, ServiceImage], new: Mapping[str, ServiceImage]) -> Iterator[ImageChange]:
    """The images of two releases that differ, by service."""
    present = [_image(image) for image in old.values()]
    every = [*present, *(_image(image) for image in new.values())]
    for name in sorted(set(old) | set(new)):
        one, two = old.get(name), new.get(name)
        if one and two and one.config == two.config:
            continue
        image = _image(two)
        shared = max((_common(image.layers, other.layers) for other in present), default=0)
        least, most = _bounds(image, shared, every)
        yield ImageChange(
            service=name,
            before=one.config if one else None,
            after=two.config if two else None,
            source_before=one.source if one else None,
            source_after=two.source if two else None,
            size_before=one.size if one else None,
            size_after=two.size if two else None,
            layers=len(image.layers),
            new_layers=len(image.layers) - shared,
            pull_least=least,
            pull_most=most,
        )


def to_pull(changes: Collection[ImageChange]) -> tuple[int, int]:
    """At least and at most how many bytes all of them take; services of one image fetch it once."""
    each = {change.after: change for change in changes if change.after}.values()
    return sum(one.pull_least for one in each), sum(one.pull_most for one in each)


def _image(image: ServiceImage | None) -> _Image:
    return _Image(image.diff_ids, image.size) if image else _Image((), 0)


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
    """A base image that differs; digests are of configurations. Absence is None: no such service, or no proved base."""

    service: str
    name_before: str | None
    name_after: str | None
    before: str | None
    after: str | None
    change: Change


def base_changes(service: str, old: ServiceImage | None, new: ServiceImage | None) -> Iterator[BaseChange]:
    """The change of the base image of a service, if it changed."""
    one, two = (image.base if image else None for image in (old, new))
    before, after = one.config if one else None, two.config if two else None
    names = one.name if one else None, two.name if two else None
    if (names[0], before) != (names[1], after):
        yield BaseChange(service, *names, before, after, direction("unknown", before, after))
