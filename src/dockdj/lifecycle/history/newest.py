"""The newest release: of a project, and that a repository holds."""

from collections.abc import Callable

from dockdj.errors import Refused
from dockdj.lifecycle.history import registry_index
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.registry_index import Published
from dockdj.model.project.project import Project, Target
from dockdj.model.version import Version

Find = Callable[[str, Version], Published | None]


def released(project: Project) -> Version:
    """The highest version of a project that is released. Raises Refused when there is none."""
    found = release_tags.listed(project)
    if not found:
        raise Refused(f"there is no release of {project.name}", hint="dockdj release 1.0.0, or fetch: git fetch --tags")
    return found[-1].version


def published(project: Project, target: Target, repository: str, find: Find = registry_index.find) -> Version:
    """The newest published release of a project. Raises Refused with the command that is missing when there is none."""
    versions = [one.version for one in release_tags.listed(project)]
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
