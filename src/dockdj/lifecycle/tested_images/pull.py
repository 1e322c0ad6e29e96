"""Use tested images on another machine: pull them by digest, or find an image by a name for it."""

from collections.abc import Callable
from dataclasses import dataclass

from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import repository as git
from dockdj.errors import Refused
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle.build import suite
from dockdj.lifecycle.build.services import obtain, read_services
from dockdj.lifecycle.history import registry_index, tag_comparison
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.tested_images import fetch, memory
from dockdj.model.build.tested_images import QaImages, published
from dockdj.model.image_names import image_name, local_tag
from dockdj.model.project.project import Project
from dockdj.model.release.recognise import is_recorded
from dockdj.model.version import Version, attempt


@dataclass(frozen=True)
class NamedImage:
    """An image of this machine: its name, and the tested images or the release that it belongs to."""

    image: str
    tested: QaImages | None = None
    version: Version | None = None


def pull(project: Project, environment: str, repository: str, tag: str, report: Report = silent) -> QaImages:
    """Pull the images under a moving tag, and tag them as the environment's images; images of this machine are reused.

    Raises Refused for images of another project or environment, or when the compose file has other services.
    """
    services = published(read_services(project, environment), environment)
    docker.require_engine()
    images = fetch.fetch(repository, tag, report)
    name = images.record.name
    if (name, images.environment) != (project.name, environment):
        raise Refused(
            f"`{tag}` holds the images of `{name}` for {images.environment}, not of `{project.name}` for {environment}",
            hint=f"dockdj start {images.environment} --pull --tag {tag}",
        )
    if differing := {service.name for service in services} ^ set(images.record.configs):
        raise Refused(
            f"this checkout's {environment} and the images of {images.origin} differ in {', '.join(sorted(differing))}",
            hint=f"git switch --detach {images.commit[:12]}",
        )
    warn_of_other_checkout(project, images, report)
    names = {service.name: fetch.bring(images, service.name, report) for service in services}
    for service in services:
        local = image_name(project.name, environment, service.name) if service.build else str(service.image)
        previous = docker.image(local)
        if not service.build and previous and not is_recorded(previous, images.record.services[service.name]):
            report(Warned(f"{local} now names the tested image"))
        # A name with a digest cannot be a tag; Compose finds the image by its digest.
        if "@" not in local:
            docker.tag(names[service.name], local)
    memory.remember(project, images, report)
    return images


def named(
    project: Project, environment: str, reference: str, repository: Callable[[], str], report: Report = silent
) -> NamedImage:
    """Find or pull the application's image by a version, a tag of the target's repository, or a full name.

    `repository` returns the repository; it is called only if the registry is needed. Raises Refused without such an
    image, CommandFailed.
    """
    docker.require_engine()
    service = suite.application(project, project.root, environment).name
    if version := attempt(reference):
        return NamedImage(released(project, version, service, repository, report), version=version)
    if any(sign in reference for sign in "/:@"):
        obtain(reference, report)
        return NamedImage(reference)
    images = fetch.fetch(repository(), reference, report)
    if service not in images.record.configs:
        raise Refused(f"`{reference}` has images of {', '.join(images.record.configs)}, but not of {service}")
    warn_of_other_checkout(project, images, report)
    name = fetch.bring(images, service, report)
    memory.remember(project, images, report)
    return NamedImage(name, tested=images)


def warn_of_other_checkout(project: Project, images: QaImages, report: Report) -> None:
    """Warn if the images are not of this checkout's commit."""
    work = git.find(project.root)
    head = git.resolve(work, "HEAD")
    if git.tree(work, head) != images.record.app.tree:
        report(Warned(f"the images are of commit {images.commit[:12]}, this checkout is at {head[:12]}"))
    if images.modified:
        report(Warned(f"the images differ from their commit in modified files: {', '.join(images.modified)}"))


def released(project: Project, version: Version, service: str, repository: Callable[[], str], report: Report) -> str:
    """A service's image of a release: the local image if it is the recorded image, or else the published image."""
    release = release_tags.find(project, version)
    if service not in release.configs:
        raise Refused(f"{version} has no service {service}", hint=f"dockdj show {version}")
    local = local_tag(project.name, version, service)
    recorded = release.services[service]
    if is_recorded(docker.image(local), recorded):
        return local
    published = registry_index.require(repository(), version)
    tag_comparison.compare(project, published)
    name = published.pinned(service)
    if docker.image(name) is None:
        with step(report, f"pull {service} {version}"):
            docker.pull(name, report)
    if not is_recorded(docker.image(name), recorded):
        raise Refused(f"{name} is not the image of the record", hint=f"dockdj verify {version}")
    return name
