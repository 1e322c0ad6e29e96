"""Recompute a release's digests in every place that holds a part of it, and name each difference.

Observe every place, decide in `model/verification*.py`, report. Nothing is changed anywhere.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

from dockdj.adapters.git import repository as git
from dockdj.errors import CommandFailed, DockdjError, MissingTool, PlatformError, TimedOut
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
from dockdj.model.verify.finding import UNASKED, Finding, log_finding
from dockdj.model.verify.record import record_finding
from dockdj.model.verify.registry import IndexSeen, registry_findings
from dockdj.model.version import Version

# What a place that cannot be asked raises; what it holds is then unknown.
SILENT = (CommandFailed, MissingTool, PlatformError, TimedOut)
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Verified:
    """What was found; `digest` is the record's with which every place was compared, empty when none has a record."""

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

    The record is the one in the tag; when the tag lost it, the one in the registry. `repository_of` and `reach` find
    the target's registry and platform, and raise MissingTool or PlatformError when they cannot be asked.

    Raises Refused when no place knows this version, ProjectError for a record of a newer dockdj.
    """
    work = git.find(project.root)
    in_git = verify_git.observe(work, version, report)
    tagged = in_git.record if isinstance(in_git.record, Release) and in_git.record.version == version else None
    services = tuple(tagged.configs) if tagged else ()
    published = _asked(lambda: verify_registry.observe(repository_of(target), version, services, report))
    release = tagged or _record_of(published, version)
    if release is None and in_git.tag is None and f"refs/tags/{version.tag}" not in in_git.remote.objects:
        release_tags.require(work, version, project.name)
    found = verify_git.findings(work, version, in_git, release)
    if release is None:
        return Verified(version, "", (*found, *_unasked(f"registry of {target.name}", published)))
    events = [asdict(event) for event in log.read(project) if event.version == str(version)]
    found = (*found, record_finding(release, project.name), log_finding(events, release))
    if isinstance(published, DockdjError):
        found = (*found, *_unasked(f"registry of {target.name}", published))
        index = None
    else:
        index = published
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
        made = verify_bundle.make(site, index, release)
        return bundle_findings(target.name, verify_bundle.observe(site, release, made, report), made, release)

    found = _asked(look)
    return _unasked(f"bundle of {target.name}", found) if isinstance(found, DockdjError) else found


def _asked(ask: Callable[[], Answer]) -> Answer | DockdjError:
    """What a place answers, or the failure when it does not."""
    try:
        return ask()
    except SILENT as error:
        return error


def _unasked(place: str, failure: object) -> tuple[Finding, ...]:
    return (Finding(place, UNASKED, (because(failure),)),) if isinstance(failure, DockdjError) else ()


def _record_of(published: IndexSeen | DockdjError | None, version: Version) -> Release | None:
    """The record in the registry, when it is one of this version."""
    found = published.record if isinstance(published, IndexSeen) else None
    return found if isinstance(found, Release) and found.version == version else None
