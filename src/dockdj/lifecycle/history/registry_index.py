"""The index of a release in a registry: the authority for what runs. It lists the record and every image."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dockdj.adapters.registry import client as registry
from dockdj.adapters.registry.client import Manifest
from dockdj.errors import ProjectError, Refused
from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.release.record import NewerSchema, Release
from dockdj.model.version import Version

NEVER_MOVES = "find out who pushed it; versions are never reused: release the next one"
ELSEWHERE = "find out who pushed it, and take another tag or the next version"


class Lost(Refused):
    """The registry lost the record that an index lists; `configs` are those of the images that it still has."""

    def __init__(self, message: str, *, hint: str, configs: Collection[str]) -> None:
        super().__init__(message, hint=hint)
        self.configs = frozenset(configs)


@dataclass(frozen=True)
class Published:
    """A release as a repository holds it: the index's digest, and service -> manifest digest.

    `children` are the digests that the index lists, the record's first.
    """

    repository: str
    index: str
    release: Release
    manifests: dict[str, str]
    children: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The services whose image the registry has no more."""
        return tuple(service for service in self.release.configs if service not in self.manifests)

    def pinned(self, service: str) -> str:
        """The one name under which a service's image is deployed."""
        return f"{self.repository}@{self.manifests[service]}"


def find(repository: str, version: Version) -> Published | None:
    """The published release of this version, or None.

    Every child is read back: a service is known by its configuration's digest, never by a tag. Raises Lost, Refused
    when something else stands under the version's tag, NewerSchema, CommandFailed.
    """
    name = f"{repository}:{version.label}"
    index = registry.manifest(name)
    if index is None:
        return None
    if not index.children:
        raise Refused(f"{name} is one image, and no index of a release", hint=NEVER_MOVES)
    content = record_of(repository, name, index, again=f"dockdj publish {version}")
    try:
        release = release_tags.checked(content)
    except NewerSchema:
        raise
    except ProjectError as error:
        cause = f"{name} holds no release record: {error.message}: the tag was moved"
        raise Refused(cause, hint=NEVER_MOVES) from error
    return Published(repository, index.digest, release, manifests(repository, index, release.configs), index.children)


def require(repository: str, version: Version) -> Published:
    """The published release, whole. Raises Refused when the repository has none of this version, or lost a part."""
    found = find(repository, version)
    if found is None:
        raise Refused(f"{version} is not published to {repository}", hint=f"dockdj publish {version}")
    if found.release.version != version:
        raise Refused(
            f"the index {version.label} in {repository} holds {found.release.version}: the tag was moved",
            hint="find out who moved it; versions are never reused: release the next one",
        )
    if found.missing:
        raise Refused(
            f"{repository} lost the image of {', '.join(found.missing)} {version}",
            hint=f"publish it again from a machine that has it: dockdj publish {version}",
        )
    return found


def record_of(repository: str, name: str, index: Manifest, *, again: str) -> bytes:
    """The bytes of the record that an index lists first; `again` is the command that publishes it once more.

    Raises Lost, Refused when the first entry is no record, CommandFailed.
    """
    # Publish writes the record first, so that it can be told from the images before it is read.
    digest, *others = index.children
    first = registry.manifest(f"{repository}@{digest}")
    if first is None:
        raise Lost(
            f"the registry lost the record of {name}",
            hint=f"publish it again from a machine that has it: {again}",
            configs=_by_config(repository, others),
        )
    if not first.may_be_record:
        raise Refused(f"{name} is an index of something else: it lists no record", hint=ELSEWHERE)
    return registry.pull_record(repository, digest)


def manifests(repository: str, index: Manifest, configs: Mapping[str, str]) -> dict[str, str]:
    """Service -> manifest digest of what the index lists and the registry has, by service -> configuration's digest."""
    found = _by_config(repository, index.children[1:])
    return {service: found[config] for service, config in configs.items() if config in found}


def _by_config(repository: str, digests: Collection[str]) -> dict[str, str]:
    there = {digest: registry.manifest(f"{repository}@{digest}") for digest in digests}
    return {found.config: digest for digest, found in there.items() if found is not None}
