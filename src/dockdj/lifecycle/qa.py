"""Images for quality assurance: built and tested, in a registry under a tag that moves, and never deployed.

An index keeps them together with a record, which has a release record's fields as far as there is no release yet.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.adapters import docker, registry
from dockdj.errors import Refused, UsageError
from dockdj.events import Report, silent, step
from dockdj.model.compose import Service, released
from dockdj.model.project import PRODUCTION
from dockdj.model.release import SCHEMA, Release, canonical, read

KIND = "qa"
# OCI distribution specification, "Pulling manifests": what a tag may be.
TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
# A version as it stands in tags of releases, alone or behind a service's name.
VERSIONED = re.compile(r"(^|.*[-_v])\d+\.\d+\.\d+([_+]stack\.\d+)?", re.IGNORECASE)
RECORD = "record"


@dataclass(frozen=True)
class QaImages:
    """Images of one build as a repository holds them: service -> manifest digest; `index` is what names them all."""

    repository: str
    index: str
    record: Release
    manifests: Mapping[str, str]

    @property
    def commit(self) -> str:
        return self.record.commit

    @property
    def tree(self) -> str | None:
        """The project's tree they were built from; None when files were modified, so that no commit has it."""
        return None if self.modified else str(self.record.document["app"]["tree"])

    @property
    def modified(self) -> tuple[str, ...]:
        """The files that were not as in the commit."""
        return tuple(self.record.document["app"]["modified"])

    @property
    def created(self) -> str:
        """When they were built and tested: ISO 8601, UTC."""
        return str(self.record.document["created"])

    @property
    def environment(self) -> str:
        return str(self.record.document["environment"])

    @property
    def evidence(self) -> Mapping[str, Any]:
        """What the tests in their build said: an entry of a record's evidence."""
        found: Mapping[str, Any] = self.record.document["evidence"][0]
        return found

    def pinned(self, service: str) -> str:
        """The one name of a service's image."""
        return f"{self.repository}@{self.manifests[service]}"

    @property
    def origin(self) -> str:
        """From which commit and when, for people."""
        changed = " with modified files" if self.modified else ""
        return f"commit {self.commit[:12]}{changed}, built and tested {self.created}"


def compose(
    *,
    name: str,
    environment: str,
    created: str,
    by: str,
    tool: str,
    app: Mapping[str, Any],
    npm: Mapping[str, str],
    services: Mapping[str, Mapping[str, Any]],
    evidence: Mapping[str, Any],
) -> Release:
    """The record of tested images. Names and digests only: never a secret."""
    document = {
        "schema": SCHEMA,
        "kind": KIND,
        "name": name,
        "environment": environment,
        "created": created,
        "by": by,
        "tool": tool,
        "app": app,
        "npm": npm,
        "services": services,
        "evidence": [evidence],
    }
    return Release(canonical(document), document)


def is_record(release: Release) -> bool:
    """Whether this is a record of tested images, not of a release."""
    return release.document.get("kind") == KIND


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


def fetch(repository: str, tag: str, report: Report = silent) -> QaImages:
    """The images under a moving tag, whole. Raises Refused when there are none, or one is lost; CommandFailed."""
    name = f"{repository}:{tag}"
    with step(report, f"look for {name}"):
        index = registry.manifest(name)
        if index is None:
            raise Refused(f"{repository} has no tag `{tag}`", hint=f"dockdj image publish prod --tag {tag}")
        if not index.children:
            raise Refused(f"{name} is one image, not what `dockdj image publish` makes", hint="name it in full")
        record = read(registry.pull_record(repository, index.children[0]))
        if not is_record(record):
            raise Refused(f"{name} is a release: {record.version}", hint=f"name it as a version: {record.version}")
        manifests = _manifests(repository, index.children[1:], record.configs)
    if lost := [service for service in record.configs if service not in manifests]:
        raise Refused(f"{repository} lost the image of {', '.join(lost)} of `{tag}`", hint="publish it again")
    return QaImages(repository, index.digest, record, manifests)


def _manifests(repository: str, digests: Iterable[str], configs: Mapping[str, str]) -> dict[str, str]:
    """Service -> manifest digest, each image known by its configuration's digest, never by a tag."""
    by_config = {}
    for digest in digests:
        child = registry.manifest(f"{repository}@{digest}")
        if child is not None:
            by_config[child.config] = digest
    return {service: by_config[config] for service, config in configs.items() if config in by_config}


def bring(images: QaImages, service: str, report: Report = silent) -> str:
    """Have a service's image on this machine, pulled if it is not; its pinned name.

    Raises Refused when it is not the one of the record, CommandFailed when it cannot be pulled.
    """
    name = images.pinned(service)
    found = docker.image(name)
    if found is None:
        with step(report, f"pull {service}"):
            docker.pull(name, report)
        found = docker.image(name)
    if found is None or list(found.diff_ids) != images.record.document["services"][service]["diff_ids"]:
        raise Refused(f"{name} is not the image of the record", hint="find out who pushed it, and publish again")
    return name
