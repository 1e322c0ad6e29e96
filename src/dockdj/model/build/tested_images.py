"""Images for quality assurance: built and tested, in a registry under a tag that moves, and never deployed.

An index keeps them together with a record, which has a release record's fields as far as there is no release yet.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dockdj.errors import UsageError
from dockdj.model.build.tested_record import TestedRecord
from dockdj.model.project.compose_file import RECORD, Service, released
from dockdj.model.project.recipe import PRODUCTION
from dockdj.model.release.suites import SuiteResult

# OCI distribution specification, "Pulling manifests": what a tag may be.
TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
# A version as it stands in tags of releases, alone or behind a service's name.
VERSIONED = re.compile(r"(^|.*[-_v])\d+\.\d+\.\d+([_+]stack\.\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class QaImages:
    """Images of one build as a repository holds them: service -> manifest digest; `index` is what names them all."""

    repository: str
    index: str
    record: TestedRecord
    manifests: Mapping[str, str]

    @property
    def commit(self) -> str:
        return self.record.app.commit

    @property
    def tree(self) -> str | None:
        """The project's tree they were built from; None when files were modified, so that no commit has it."""
        return None if self.modified else self.record.app.tree

    @property
    def modified(self) -> tuple[str, ...]:
        """The files that were not as in the commit."""
        return self.record.app.modified

    @property
    def created(self) -> str:
        """When they were built and tested: ISO 8601, UTC."""
        return self.record.created

    @property
    def environment(self) -> str:
        return self.record.environment

    @property
    def evidence(self) -> SuiteResult:
        """The result of the tests in their build."""
        return self.record.evidence

    def pinned(self, service: str) -> str:
        """The one name of a service's image."""
        return f"{self.repository}@{self.manifests[service]}"

    @property
    def origin(self) -> str:
        """From which commit and when, for people."""
        changed = " with modified files" if self.modified else ""
        return f"commit {self.commit[:12]}{changed}, built and tested {self.created}"


def published(found: tuple[Service, ...], environment: str) -> tuple[Service, ...]:
    """The services whose images are published: those that are built, and of production those that a release copies."""
    return tuple(service for service in released(found) if service.build or environment == PRODUCTION)


def check_tag(tag: str, services: Iterable[str]) -> None:
    """Raise UsageError for a tag that is a release's, or would be taken for one: those never move.

    As for one that is too long once a service's name stands before it.
    """
    if not TAG.fullmatch(tag):
        raise UsageError(f"`{tag}` cannot be an image's tag", hint="letters, digits, `.`, `_` and `-`, at most 128")
    if VERSIONED.fullmatch(tag):
        raise UsageError(
            f"`{tag}` is a version's tag, which never moves", hint="take a name, as `qa`; versions: dockdj publish"
        )
    for prefix in (RECORD, *services):
        if tag.startswith(f"{prefix}-"):
            raise UsageError(f"`{tag}` is kept for a part: {prefix}-TAG", hint="take another name, as `qa`")
        if not TAG.fullmatch(f"{prefix}-{tag}"):
            raise UsageError(f"`{tag}` is too long: {prefix}-TAG may have 128 characters", hint="take a shorter name")
