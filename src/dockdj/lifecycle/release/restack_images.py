"""Find or pull the third-party images of a restack: its bases, and the images of services that are not built."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dockdj.adapters.docker import client as docker
from dockdj.errors import CommandFailed, DockdjError, Refused
from dockdj.events import Report, Warned, step
from dockdj.lifecycle.build.services import obtain, provide, read_services, sources_of
from dockdj.lifecycle.tested_images import pull
from dockdj.model.image_names import base_tag
from dockdj.model.project.compose_file import Service, released
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION
from dockdj.model.release.recognise import is_recorded
from dockdj.model.release.record import Release


def named_image(image: str, report: Report) -> str:
    """Pull an image that a person named, unless it is on this machine. Raises Refused if the pull fails."""
    try:
        obtain(image, report)
    except CommandFailed as error:
        raise Refused(
            f"the image {image} is not on this machine and could not be pulled:\n{error.message}",
            hint="name another image: --base NAME=IMAGE",
        ) from error
    return image


def recorded_bases(project: Project, release: Release, names: tuple[str, ...], report: Report) -> dict[str, str]:
    """The base images that a release was built on: name in the Dockerfile -> name on this machine.

    `names` are the Dockerfile's base images; a name without a record is left out. An image is searched by the tag that
    the releasing machine keeps, by its name, then in its registry. Raises Refused when it is gone, since its name may
    be another image by now.
    """
    recorded = {image.base.name: image.base.config for image in release.services.values() if image.base}
    bases = {
        name: _recorded_base(project, release, name, config, report)
        for name, config in recorded.items()
        if name in names
    }
    for name in recorded:
        if name not in bases:
            report(Warned(f"{release.version} starts from {name}, and this Dockerfile does not"))
    return bases


def third_party_images(
    project: Project, folder: Path, releases: tuple[Release, ...], registry: Callable[[], str], report: Report
) -> dict[str, str]:
    """The images of services that the checkout in `folder` does not build: service -> name on this machine.

    An image comes from the first release that has the same name for it, not from the name's meaning today. `registry`
    returns the repository if the image is not on this machine. Raises Refused when an image is gone.
    """
    images = {}
    for service in released(read_services(project, PRODUCTION, folder)):
        for release in releases if not service.build else ():
            recorded = release.services.get(service.name)
            if recorded and recorded.source == service.image:
                images[service.name] = _third_party_image(project, release, service, registry, report)
                break
    return images


def _third_party_image(
    project: Project, release: Release, service: Service, registry: Callable[[], str], report: Report
) -> str:
    name = str(service.image)
    with suppress(CommandFailed):
        provide((service,), sources_of(project), report)
        obtain(name, report)
    if is_recorded(docker.image(name), release.services[service.name]):
        return name
    try:
        return pull.released(project, release.version, service.name, registry, report)
    except DockdjError as error:
        raise Refused(
            f"the local {name} is not the image {release.version} was built with, and that image could not be pulled: "
            f"{error.message}",
            hint=f"restack on the machine that released {release.version}, or publish it from there: "
            f"dockdj publish {release.version}",
        ) from error


def _recorded_base(project: Project, release: Release, name: str, config: str, report: Report) -> str:
    kept, replacement = base_tag(project.name, config), project.build.image(name)
    for local in (kept, replacement):
        if _has_config(local, config):
            return local
    try:
        with step(report, f"pull {replacement}"):
            docker.pull(replacement, report)
    except CommandFailed as error:
        cause = "and it could not be pulled"
        report(Warned(error.message))
    else:
        cause = "and its name is another image now"
        if _has_config(replacement, config):
            return replacement
    raise Refused(
        f"the base image {name} of {release.version} ({config[:19]}) is not on this machine, {cause}",
        hint=f"restack on the machine that released {release.version}, or name an image: --base {name}=IMAGE",
    )


def _has_config(name: str, config: str) -> bool:
    image = docker.image(name)
    return image is not None and image.config == config
