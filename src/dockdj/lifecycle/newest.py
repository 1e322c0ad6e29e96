"""The newest release that a repository holds."""

from collections.abc import Callable

from dockdj.errors import Refused
from dockdj.lifecycle import index, records
from dockdj.lifecycle.index import Published
from dockdj.model.project import Project, Target
from dockdj.model.release import Release
from dockdj.model.version import Version

Find = Callable[[str, Version], Published | None]


def published(project: Project, target: Target, repository: str, find: Find = index.find) -> Release:
    """The newest published release of a project. Raises Refused with the command that is missing when there is none."""
    releases = records.of_project(project)
    if not releases:
        raise Refused(
            "there is no release that could be deployed",
            hint=f"make one, then run this again: dockdj release 1.0.0 && dockdj publish 1.0.0 --to {target.name}",
        )
    for release in reversed(releases):
        if find(repository, release.version) is not None:
            return release
    newest = releases[-1].version
    raise Refused(
        f"no release is published to {repository}",
        hint=f"publish the newest, then run this again: dockdj publish {newest} --to {target.name}",
    )
