"""The newest release of a project, and the newest that a repository of images has."""

from collections.abc import Callable

from dockdj.errors import Refused
from dockdj.lifecycle.history import registry_index
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.registry_index import Published
from dockdj.model.project.project import Project, Target
from dockdj.model.version import Version

Find = Callable[[str, Version], Published | None]


def released(project: Project) -> Version:
    """The highest released version of a project. Raises Refused if the project has no release."""
    releases = release_tags.listed(project)
    if not releases:
        raise Refused(f"there is no release of {project.name}", hint="dockdj release 1.0.0, or fetch: git fetch --tags")
    return releases[-1].version


def published(project: Project, target: Target, repository: str, find: Find = registry_index.find) -> Version:
    """The newest published release of a project. Raises Refused, with the command to type, if nothing is published."""
    versions = [release.version for release in release_tags.listed(project)]
    if not versions:
        raise Refused(
            "there is no release that could be deployed",
            hint=f"make one, then run this again: dockdj release 1.0.0 && dockdj publish 1.0.0 --to {target.name}",
        )
    for version in reversed(versions):
        if find(repository, version) is not None:
            return version
    raise Refused(
        f"no release is published to {repository}",
        hint=f"publish the newest, then run this again: dockdj publish {versions[-1]} --to {target.name}",
    )
