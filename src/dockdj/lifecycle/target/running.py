"""The release that a target runs: the platform names it, and its tag confirms the record."""

from dataclasses import dataclass

from dockdj.errors import Refused
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.target.status import Status, status
from dockdj.lifecycle.target.target import Site
from dockdj.model.version import Version, attempt


@dataclass(frozen=True)
class Running:
    """The version that a target runs, and the target's drift from it."""

    target: str
    version: Version
    drift: tuple[str, ...]


def running(site: Site) -> Running:
    """Ask the platform.

    Raises Refused when the target runs none of our releases, or one with another record than its tag holds.
    """
    current = status(site)
    version = _version(current)
    record = release_tags.find(site.project, version).digest
    if current.record != record:
        raise Refused(
            f"{current.target} runs the record {current.record} as {version}, and the tag {version.tag} holds {record}",
            hint="the tag in this clone differs: git fetch --tags, then find out who moved it",
        )
    return Running(current.target, version, current.drift)


def _version(current: Status) -> Version:
    if version := attempt(current.version):
        return version
    raise Refused(
        f"{current.target} runs {current.environment.label or 'nothing'}, which is not a release of this project",
        hint=f"dockdj status {current.target}; released versions: dockdj history",
    )
