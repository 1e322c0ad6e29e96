"""The release record: what was released. It never changes after the release."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockdj.model.beanstalk.containers import Containers
from dockdj.model.canonical import digest_of
from dockdj.model.release.application import Application
from dockdj.model.release.fingerprint import Fingerprint
from dockdj.model.release.image import ServiceImage
from dockdj.model.release.suites import SuiteResult
from dockdj.model.version import Version


@dataclass(frozen=True)
class Platform:
    """The platform that a release is for: Elastic Beanstalk's `docker` or `ecs`."""

    kind: str


@dataclass(frozen=True)
class NamedRelease:
    """A release by its version and the digest of its record."""

    version: str
    digest: str


@dataclass(frozen=True)
class Restack:
    """The origin of a restack: the release whose application it has, and the stack that it is on.

    `stack_from` is the release whose stack it has, None for the newest images of the same names. `bases` are the base
    images that were replaced, name in the Dockerfile -> the image that was named instead.
    """

    version: str
    digest: str
    stack_from: NamedRelease | None
    bases: Mapping[str, str]


@dataclass(frozen=True)
class Record:
    """The values of a release record: names and digests only, never a secret, nothing that exists only after a push.

    `created` is ISO 8601, UTC. `tool` is dockdj and its version. `parent` is the digest of the record before, None for
    the first. `npm` are the packages that built the assets, name -> version. `compose` is the digest of production's
    compose file, and `containers` what bundles take from it; None in a record of an earlier dockdj.
    """

    name: str
    version: Version
    created: str
    by: str
    tool: str
    parent: str | None
    restack_of: Restack | None
    app: Application
    npm: Mapping[str, str]
    services: Mapping[str, ServiceImage]
    compose: str
    platform: Platform
    fingerprint: Fingerprint
    evidence: tuple[SuiteResult, ...]
    containers: Containers | None

    @property
    def commit(self) -> str:
        """Git's id of the released commit."""
        return self.app.commit

    @property
    def configs(self) -> dict[str, str]:
        """Service -> digest of its image's configuration."""
        return {name: image.config for name, image in self.services.items()}


@dataclass(frozen=True)
class Release(Record):
    """A release: its record's values, and the record's bytes as stored, which may hold fields unknown here."""

    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """The name of the record."""
        return digest_of(self.content)
