"""Images for quality assurance: built, tested, and published under a moving tag; never deployed.

An index joins them with a record, which has a release record's fields as far as they exist before a release.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dockdj.errors import UsageError
from dockdj.model.build.tested_record import TestedRecord
from dockdj.model.project.compose_file import RECORD, Service, released
from dockdj.model.project.recipe import PRODUCTION
from dockdj.model.release.suites import SuiteResult

# The form of a tag: OCI distribution specification, "Pulling manifests".
TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
# A version as in the tags of releases, alone or after a service's name.
VERSIONED = re.compile(r"(^|.*[-_v])\d+\.\d+\.\d+([_+]stack\.\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class QaImages:
    """The images of a build in a repository: service -> manifest digest, and the digest of their index."""

    repository: str
    index: str
    record: TestedRecord
    manifests: Mapping[str, str]

    @property
    def commit(self) -> str:
        return self.record.app.commit

    @property
    def tree(self) -> str | None:
        """The project's tree in Git that the images were built from; None if files were modified."""
        return None if self.modified else self.record.app.tree

    @property
    def modified(self) -> tuple[str, ...]:
        """The files that differ from the commit."""
        return self.record.app.modified

    @property
    def created(self) -> str:
        """The time of the build and its tests: ISO 8601, UTC."""
        return self.record.created

    @property
    def environment(self) -> str:
        return self.record.environment

    @property
    def evidence(self) -> SuiteResult:
        """The result of the tests in the images' build."""
        return self.record.evidence

    def pinned(self, service: str) -> str:
        """The name of a service's image, by digest."""
        return f"{self.repository}@{self.manifests[service]}"

    @property
    def origin(self) -> str:
        """The commit and the time of the images, for people."""
        changed = " with modified files" if self.modified else ""
        return f"commit {self.commit[:12]}{changed}, built and tested {self.created}"


def published(services: tuple[Service, ...], environment: str) -> tuple[Service, ...]:
    """The services whose images are published: all built services, and in production all services of a release."""
    return tuple(service for service in released(services) if service.build or environment == PRODUCTION)


def check_tag(tag: str, services: Iterable[str]) -> None:
    """Raise UsageError for a tag that a release may have, since a release's tags never move.

    The same holds for a tag that becomes too long with a service's name in front.
    """
    if not TAG.fullmatch(tag):
        raise UsageError(f"`{tag}` cannot be an image's tag", hint="letters, digits, `.`, `_` and `-`, at most 128")
    if VERSIONED.fullmatch(tag):
        raise UsageError(
            f"`{tag}` is a version's tag, which never moves",
            hint="use a name, such as `qa`; to publish a version: dockdj publish",
        )
    for prefix in (RECORD, *services):
        if tag.startswith(f"{prefix}-"):
            raise UsageError(
                f"`{tag}` is reserved for a service's image: {prefix}-TAG", hint="use another name, such as `qa`"
            )
        if not TAG.fullmatch(f"{prefix}-{tag}"):
            raise UsageError(f"`{tag}` is too long: {prefix}-TAG may have 128 characters", hint="use a shorter name")
