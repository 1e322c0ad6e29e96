"""Recompute a release's digests in every place that holds a part of it, and name each difference.

Observe every place, decide in `model/verify/`, and report. Nothing is changed.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Generic, TypeVar

from dockdj.adapters.git import repository as git
from dockdj.errors import CommandFailed, DockdjError, MissingTool, PlatformError, TimedOut, WrongContent
from dockdj.events import Report, silent
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.verify import bundle as verify_bundle
from dockdj.lifecycle.verify import git as verify_git
from dockdj.lifecycle.verify import registry as verify_registry
from dockdj.lifecycle.verify.git import because
from dockdj.model.project.project import Project, Target
from dockdj.model.release.record import Release
from dockdj.model.verify.bundle import bundle_findings
from dockdj.model.verify.finding import ABSENT, DIFFERS, UNASKED, Finding, log_finding
from dockdj.model.verify.record import record_finding
from dockdj.model.verify.registry import IndexSeen, registry_findings
from dockdj.model.version import Version

UNCOMPARED = "no tag in this clone; record taken from the registry, not compared"
# The errors of a place that does not answer, so that its contents are unknown.
SILENT = (CommandFailed, MissingTool, PlatformError, TimedOut)
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Asked(Generic[Answer]):
    """The answer of a place, or the failure if it did not answer."""

    answer: Answer | None = None
    failure: DockdjError | None = None


@dataclass(frozen=True)
class Verified:
    """The findings, and the digest of the record that every place was compared with; empty without a record."""

    version: Version
    digest: str
    findings: tuple[Finding, ...]


def verify(
    project: Project,
    version: Version,
    target: Target,
    repository_of: Callable[[Target], str],
    reach: Callable[[Target], Site],
    report: Report = silent,
) -> Verified:
    """Compare Git, the target's registry and its Elastic Beanstalk with the record.

    The record is the tag's or, if the tag lost it, the registry's. `repository_of` and `reach` find the target's
    registry and platform, and raise MissingTool or PlatformError if these are unavailable.

    Raises Refused if no place knows this version, ProjectError for a record of a newer dockdj.
    """
    work = git.find(project.root)
    in_git = verify_git.observe(work, version, report)
    tagged = in_git.record if isinstance(in_git.record, Release) and in_git.record.version == version else None
    services = tuple(tagged.configs) if tagged else ()
    published = _asked(lambda: verify_registry.observe(repository_of(target), version, services, report))
    release = tagged or _record_of(published.answer, version)
    if release is None and in_git.tag is None and f"refs/tags/{version.tag}" not in in_git.remote.objects:
        release_tags.require(work, version, project.name)
    found = verify_git.findings(work, version, in_git, release)
    if release is None:
        return Verified(version, "", (*found, *_failed(f"registry of {target.name}", published.failure)))
    events = [asdict(event) for event in log.read(project) if event.version == str(version)]
    found = (*found, record_finding(release, project.name), log_finding(events, release))
    if tagged is None:
        found = (*found, Finding(f"record in {version.tag}", ABSENT, (UNCOMPARED,)))
    index = published.answer
    if published.failure:
        found = (*found, *_failed(f"registry of {target.name}", published.failure))
    else:
        when = next((one["when"] for one in events if (one["what"], one["target"]) == ("published", target.name)), "")
        found = (*found, *registry_findings(repository_of(target), version, index, release, published=when))
    return Verified(
        version, release.digest, (*found, *_of_platform(lambda: reach(target), target, index, release, report))
    )


def _of_platform(
    reach: Callable[[], Site], target: Target, index: IndexSeen | None, release: Release, report: Report
) -> tuple[Finding, ...]:
    def look() -> tuple[Finding, ...]:
        site = reach()
        bundle = verify_bundle.make(site, index, release)
        return bundle_findings(target.name, verify_bundle.observe(site, release, bundle, report), bundle, release)

    asked = _asked(look)
    return (*(asked.answer or ()), *_failed(f"bundle of {target.name}", asked.failure))


def _asked(ask: Callable[[], Answer]) -> Asked[Answer]:
    """Ask a place; a failure to answer is part of the result."""
    try:
        return Asked(ask())
    except (*SILENT, WrongContent) as error:
        return Asked(failure=error)


def _failed(place: str, failure: DockdjError | None) -> tuple[Finding, ...]:
    state = DIFFERS if isinstance(failure, WrongContent) else UNASKED
    return (Finding(place, state, (because(failure),)),) if failure else ()


def _record_of(published: IndexSeen | None, version: Version) -> Release | None:
    """The record in the registry, if it is a record of this version."""
    record = published.record if published else None
    return record if isinstance(record, Release) and record.version == version else None
