"""Use tested images on another machine: pull them by digest, start from them, or find one by a name for it."""

from collections.abc import Callable
from dataclasses import dataclass

from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import repository as git
from dockdj.errors import Refused
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle.build import suite
from dockdj.lifecycle.build.services import obtain, read_services
from dockdj.lifecycle.history import registry_index
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.tested_images import fetch, memory
from dockdj.model.build.tested_images import QaImages, published
from dockdj.model.image_names import image_name, local_tag
from dockdj.model.project.project import Project
from dockdj.model.release.image import is_recorded
from dockdj.model.version import Version, attempt


@dataclass(frozen=True)
class Named:
    """An image of this machine: its name, and the tested images or the release it was found by."""

    image: str
    tested: QaImages | None = None
    version: Version | None = None


def pull(project: Project, environment: str, repository: str, tag: str, report: Report = silent) -> QaImages:
    """Give the images under a moving tag the environment's tags on this machine; what is here is not pulled again.

    Raises Refused when they are another project's or environment's, or the compose file has other services.
    """
    services = published(read_services(project.root, environment), environment)
    docker.require_engine()
    found = fetch.fetch(repository, tag, report)
    name = found.record.name
    if (name, found.environment) != (project.name, environment):
        raise Refused(
            f"`{tag}` holds the images of `{name}` for {found.environment}, not of `{project.name}` for {environment}",
            hint=f"dockdj start {found.environment} --pull --tag {tag}",
        )
    if differing := {service.name for service in services} ^ set(found.record.configs):
        raise Refused(
            f"this checkout's {environment} and the images of {found.origin} differ in {', '.join(sorted(differing))}",
            hint=f"git switch --detach {found.commit[:12]}",
        )
    other_checkout(project, found, report)
    names = {service.name: fetch.bring(found, service.name, report) for service in services}
    for service in services:
        local = image_name(project.name, environment, service.name) if service.build else str(service.image)
        here = docker.image(local)
        if not service.build and here and not is_recorded(here, found.record.services[service.name]):
            report(Warned(f"{local} is another image from now on: the one that was tested"))
        # A digest is no tag: Compose takes what it names from where it is.
        if "@" not in local:
            docker.tag(names[service.name], local)
    memory.remember(project, found, report)
    return found


def named(
    project: Project, environment: str, reference: str, repository: Callable[[], str], report: Report = silent
) -> Named:
    """The image of the application that a version, a tag of the target's repository or a full name means, brought here.

    `repository` is asked for where the registry is needed. Raises Refused when there is none, CommandFailed.
    """
    docker.require_engine()
    service = suite.application(project.root, environment).name
    if version := attempt(reference):
        return Named(released(project, version, service, repository, report), version=version)
    if any(sign in reference for sign in "/:@"):
        obtain(reference, report)
        return Named(reference)
    found = fetch.fetch(repository(), reference, report)
    if service not in found.record.configs:
        raise Refused(f"the images under `{reference}` are {', '.join(found.record.configs)}: there is no {service}")
    other_checkout(project, found, report)
    name = fetch.bring(found, service, report)
    memory.remember(project, found, report)
    return Named(name, tested=found)


def other_checkout(project: Project, images: QaImages, report: Report) -> None:
    """Say when this checkout is not of the commit that the images are from."""
    work = git.find(project.root)
    here = git.resolve(work, "HEAD")
    if git.tree(work, here) != images.record.app.tree:
        report(Warned(f"the images are of commit {images.commit[:12]}, this checkout is at {here[:12]}"))
    if images.modified:
        report(Warned(f"the images are not what the commit says: modified were {', '.join(images.modified)}"))


def released(project: Project, version: Version, service: str, repository: Callable[[], str], report: Report) -> str:
    """A release's image: this machine's own where it has it, else the published one."""
    release = release_tags.find(project, version)
    if service not in release.configs:
        raise Refused(f"{version} has no service {service}", hint=f"dockdj show {version}")
    own = local_tag(project.name, version, service)
    recorded = release.services[service]
    if is_recorded(docker.image(own), recorded):
        return own
    name = registry_index.require(repository(), version).pinned(service)
    if docker.image(name) is None:
        with step(report, f"pull {service} {version}"):
            docker.pull(name, report)
    if not is_recorded(docker.image(name), recorded):
        raise Refused(f"{name} is not the image of the record", hint=f"dockdj verify {version}")
    return name
