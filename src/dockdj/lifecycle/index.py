"""The index of a release in a registry: the authority for what runs. It lists the record and every image."""

from dataclasses import dataclass

from dockdj.adapters import registry
from dockdj.errors import Refused
from dockdj.model.release import Release, read
from dockdj.model.version import Version


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

    Every child is read back: a service is known by its configuration's digest, never by a tag.
    """
    index = registry.manifest(f"{repository}:{version.label}")
    if index is None or not index.children:
        return None
    # Publish writes the record first, so that it can be told from the images before it is read.
    release = read(registry.pull_record(repository, index.children[0]))
    by_config = {}
    for digest in index.children[1:]:
        child = registry.manifest(f"{repository}@{digest}")
        if child is not None:
            by_config[child.config] = digest
    manifests = {service: by_config[config] for service, config in release.configs.items() if config in by_config}
    return Published(repository, index.digest, release, manifests, index.children)


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
