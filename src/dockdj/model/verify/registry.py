"""Findings about a release in a registry: index, record image, images and their tags, compared with the record."""

from collections.abc import Iterator
from dataclasses import dataclass

from dockdj.model.release.recognise import recorded_manifests
from dockdj.model.release.record import Release
from dockdj.model.verify.finding import ABSENT, Finding, judged, short
from dockdj.model.version import Version


@dataclass(frozen=True)
class ImageSeen:
    """An entry of an index: the manifest's digest, and the configuration's, None if the registry lost the image."""

    digest: str
    config: str | None


@dataclass(frozen=True)
class TagRead:
    """A tag of an index's entry, and the digest that the tag names; None if the tag does not exist."""

    name: str
    digest: str | None


@dataclass(frozen=True)
class IndexSeen:
    """The index of a version in a repository.

    `record` is the release in the index's first entry, or the reason why it has none; `images` are the other entries;
    `tags` are the tags that publish gave, by service, and "" for the record.
    """

    name: str
    digest: str
    record: Release | str
    record_digest: str
    images: tuple[ImageSeen, ...]
    tags: tuple[tuple[str, TagRead], ...] = ()

    @property
    def manifests(self) -> dict[str, str]:
        """Digest of an image's configuration -> digest of its manifest."""
        return {image.config: image.digest for image in self.images if image.config is not None}

    def tag(self, service: str) -> TagRead:
        return dict(self.tags).get(service, TagRead("", None))


def registry_findings(
    repository: str, version: Version, seen: IndexSeen | None, release: Release, *, published: str = ""
) -> tuple[Finding, ...]:
    """Findings about index, record and each image; `seen` is None if the repository has nothing under the version.

    `published` is when this checkout published the version, by its log; empty if it did not.
    """
    if seen is None:
        place = f"index {repository}:{version.label}"
        if published:
            return (judged(place, [f"it is gone: it was published at {published}"]),)
        return (Finding(place, ABSENT, ("not published",)),)
    return (
        judged(f"index {seen.name}", _of_index(seen, release), seen.digest),
        judged("record image", _of_record(seen, release), seen.record_digest),
        *(_image(seen, service, config) for service, config in release.configs.items()),
    )


def _of_index(seen: IndexSeen, release: Release) -> Iterator[str]:
    if not seen.record_digest:
        yield "it is not the index of a release: the tag was moved"
    elif isinstance(seen.record, Release) and seen.record.version != release.version:
        yield f"it has {seen.record.version}: the tag was moved"
    for image in seen.images:
        if image.config is not None and image.config not in release.configs.values():
            yield f"it lists {short(image.digest)}, an image that the record does not name"


def _of_record(seen: IndexSeen, release: Release) -> Iterator[str]:
    if isinstance(seen.record, str):
        yield seen.record
    elif seen.record.digest != release.digest:
        yield f"it has the record {short(seen.record.digest)}, not {short(release.digest)}"
    yield from _of_tag(seen.tag(""), seen.record_digest)


def _image(seen: IndexSeen, service: str, config: str) -> Finding:
    place = f"image {service}"
    manifest = recorded_manifests({service: config}, seen.manifests).get(service)
    if manifest is None:
        lost = [short(image.digest) for image in seen.images if image.config is None]
        why = f"the registry lost {', '.join(lost)}" if lost else "the index does not list it"
        return judged(place, [f"{why}: no image has the configuration {short(config)} that the record names"])
    return judged(place, _of_tag(seen.tag(service), manifest), manifest)


def _of_tag(tag: TagRead, expected: str) -> Iterator[str]:
    # A missing tag is not a difference, because the index has the entry.
    if expected and tag.digest is not None and tag.digest != expected:
        yield f"the tag {tag.name} names another one, {short(tag.digest)}: one of the two was moved"
