"""Remove an environment's images, except images of releases."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Image
from dockdj.errors import Refused
from dockdj.events import Report, silent, step
from dockdj.lifecycle.build.services import read_services
from dockdj.lifecycle.environments import containers
from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.image_names import image_name
from dockdj.model.project.project import Project
from dockdj.model.release.recognise import is_recorded
from dockdj.model.release.record import Release


@dataclass(frozen=True)
class Removed:
    """The removed tags, and the tags that stay because of a release: tag -> version."""

    removed: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)


def destroy(project: Project, environment: str, report: Report = silent) -> Removed:
    """Remove an environment's images, except an image of a release that has no other tag.

    Raises Refused while the environment has containers.
    """
    stack = containers.running_stack(project, environment)
    if stack.containers():
        raise Refused(f"{environment} uses its images", hint=f"stop it first: dockdj stop {environment}")
    services = read_services(project, environment)
    tags = [image_name(project.name, environment, service.name) for service in services if service.build]
    present = {tag: image for tag in tags if (image := docker.image(tag))}
    digests = {digest for image in present.values() for digest in (image.config, *image.diff_ids[-1:])}
    releases = _releases(project, digests) if present else ()
    kept = {
        tag: version for tag, image in present.items() if len(image.tags) < 2 and (version := named_by(image, releases))
    }
    removed = tuple(tag for tag in present if tag not in kept)
    for tag in removed:
        with step(report, f"remove {tag}"):
            docker.remove_image(tag)
    return Removed(removed, kept)


def named_by(one: Image, releases: Sequence[Release]) -> str:
    """The version of the newest release that has this image; empty without one."""
    for release in reversed(releases):
        if any(is_recorded(one, recorded) for recorded in release.services.values()):
            return str(release.version)
    return ""


def _releases(project: Project, digests: Collection[str]) -> tuple[Release, ...]:
    # Without a Git repository nothing was released.
    versioned = any((folder / ".git").exists() for folder in (project.root, *project.root.parents))
    return release_tags.of_project(project, digests) if versioned else ()
