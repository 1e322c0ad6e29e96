"""Restore the local image tags of a version if its release fails."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import repository as git
from dockdj.errors import DockdjError
from dockdj.model.image_names import local_tag
from dockdj.model.project.project import Project
from dockdj.model.version import Version


@contextmanager
def restored_on_failure(project: Project, repository: git.Repository, version: Version) -> Iterator[None]:
    """Remove a version's local image tags if its release fails.

    Another clone of the project may have released this version on the same engine: its tags are restored.
    """
    before = _tagged(project, version)
    try:
        yield
    finally:
        if f"refs/tags/{version.tag}" not in git_references.read(repository).commits:
            for tag, config in _tagged(project, version).items():
                with suppress(DockdjError):
                    if tag not in before:
                        docker.remove_image(tag)
                    elif before[tag] != config:
                        docker.tag(before[tag], tag)


def _tagged(project: Project, version: Version) -> dict[str, str]:
    """Local tag of a version's image -> its configuration's digest."""
    images = {tag: docker.image(tag) for tag in docker.tags(local_tag(project.name, version, "*"))}
    return {tag: image.config for tag, image in images.items() if image}
