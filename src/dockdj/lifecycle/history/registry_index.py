"""The index of a release in a registry. It lists the record and every image, and decides which images run."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dockdj.adapters.registry import client as registry
from dockdj.adapters.registry.manifest import Manifest
from dockdj.errors import ProjectError, Refused
from dockdj.model.release import schema
from dockdj.model.release.recognise import recorded_manifests
from dockdj.model.release.record import Release
from dockdj.model.release.validation import NewerSchema
from dockdj.model.version import Version

NEVER_MOVES = "find out who pushed it; versions are never reused: release the next one"
ELSEWHERE = "find out who pushed it, and take another tag or the next version"


class Lost(Refused):
    """The registry lost the record that an index lists; `configs` are the configurations of its remaining images."""

    def __init__(self, message: str, *, hint: str, configs: Collection[str]) -> None:
        super().__init__(message, hint=hint)
        self.configs = frozenset(configs)


@dataclass(frozen=True)
class Published:
    """A release in a repository of images: the index's digest, and service -> manifest digest.

    `children` are the digests that the index lists, the record's first.
    """

    repository: str
    index: str
    release: Release
    manifests: dict[str, str]
    children: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The services whose image the registry no longer has."""
        return tuple(service for service in self.release.configs if service not in self.manifests)

    def pinned(self, service: str) -> str:
        """The name of a service's image by its digest, as it is deployed."""
        return f"{self.repository}@{self.manifests[service]}"


def find(repository: str, version: Version) -> Published | None:
    """The published release of this version; None if the repository lacks it.

    Every child is read: a service's image is recognised by its configuration's digest, never by a tag. Raises Lost,
    Refused if the version's tag is not the index of a release, NewerSchema, CommandFailed.
    """
    name = f"{repository}:{version.label}"
    index = registry.manifest(name)
    if index is None:
        return None
    if not index.children:
        raise Refused(f"{name} is an image, not the index of a release", hint=NEVER_MOVES)
    content = record_of(repository, name, index, again=f"dockdj publish {version}")
    try:
        release = schema.read(content)
    except NewerSchema:
        raise
    except ProjectError as error:
        cause = f"{name} has no release record, so the tag was moved: {error.message}"
        raise Refused(cause, hint=NEVER_MOVES) from error
    return Published(repository, index.digest, release, manifests(repository, index, release.configs), index.children)


def require(repository: str, version: Version) -> Published:
    """The published release with all its images. Raises Refused if the repository lacks it, or lost an image."""
    published = find(repository, version)
    if published is None:
        raise Refused(f"{version} is not published to {repository}", hint=f"dockdj publish {version}")
    if published.release.version != version:
        raise Refused(
            f"the index {version.label} in {repository} has {published.release.version}: the tag was moved",
            hint="find out who moved it; versions are never reused: release the next one",
        )
    if published.missing:
        raise Refused(
            f"{repository} lost the image of {', '.join(published.missing)} {version}",
            hint=f"publish it again from a machine that has it: dockdj publish {version}",
        )
    return published


def record_of(repository: str, name: str, index: Manifest, *, again: str) -> bytes:
    """The bytes of the record that an index lists first; `again` is the command that publishes the release again.

    Raises Lost, Refused if the first entry is not a record, CommandFailed.
    """
    # The record is the index's first entry, so no image has to be read to find it.
    digest, *others = index.children
    first = registry.manifest(f"{repository}@{digest}")
    if first is None:
        raise Lost(
            f"the registry lost the record of {name}",
            hint=f"publish it again from a machine that has it: {again}",
            configs=_by_config(repository, others),
        )
    if not first.may_be_record:
        raise Refused(f"{name} is an index of something else: it does not list a record", hint=ELSEWHERE)
    return registry.pull_record(repository, first)


def manifests(repository: str, index: Manifest, configs: Mapping[str, str]) -> dict[str, str]:
    """Service -> manifest digest of each image that the index lists and the registry has.

    `configs` is service -> digest of the image's configuration.
    """
    return recorded_manifests(configs, _by_config(repository, index.children[1:]))


def _by_config(repository: str, digests: Collection[str]) -> dict[str, str]:
    images = {digest: registry.manifest(f"{repository}@{digest}") for digest in digests}
    return {image.config: digest for digest, image in images.items() if image is not None}
