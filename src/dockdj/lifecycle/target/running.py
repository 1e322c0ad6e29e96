"""The release that a target runs, as far as the platform says and a tag confirms."""

from dataclasses import dataclass

from dockdj.errors import Refused
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.target.status import Status, status
from dockdj.lifecycle.target.target import Site
from dockdj.model.version import Version, attempt


@dataclass(frozen=True)
class Running:
    """What a target runs: the version, and where the target differs from it."""

    target: str
    version: Version
    drift: tuple[str, ...]


def running(site: Site) -> Running:
    """Ask the platform. Raises Refused when the target runs none of our releases, or not the one its tag records."""
    found = status(site.target, site.beanstalk)
    version = _version(found)
    record = release_tags.find(site.project, version).digest
    if found.record != record:
        raise Refused(
            f"{found.target} runs the record {found.record} as {version}, and the tag {version.tag} holds {record}",
            hint="the tag here is another one: git fetch --tags, and look at who moved it",
        )
    return Running(found.target, version, found.drift)


def _version(found: Status) -> Version:
    if version := attempt(found.version):
        return version
    raise Refused(
        f"{found.target} runs {found.environment.label or 'nothing'}, which is none of this project's releases",
        hint=f"dockdj status {found.target}; released versions: dockdj history",
    )
