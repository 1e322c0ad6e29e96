"""The images of others that a restack is made of, its bases and those it runs as they are, found here or pulled."""

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
from dockdj.model.release.image import is_recorded
from dockdj.model.release.record import Release


def named(image: str, report: Report) -> str:
    """An image that was named by a person, on this machine. Raises Refused when it can be had nowhere."""
    try:
        obtain(image, report)
    except CommandFailed as error:
        raise Refused(
            f"the image {image} is neither on this machine nor can it be pulled:\n{error.message}",
            hint="name another one: --base NAME=IMAGE",
        ) from error
    return image


def of_release(project: Project, release: Release, names: tuple[str, ...], report: Report) -> dict[str, str]:
    """Name in the Dockerfile -> name on this machine of the very base images that a release was built on.

    Looked for where that release was built (its own tag keeps it), then under its name, then in its registry. Raises
    Refused when a base is gone: its name may be another image by now. `names` without a record stay as they are.
    """
    wanted = {image.base.name: image.base.config for image in release.services.values() if image.base}
    found = {name: _find(project, release, name, config, report) for name, config in wanted.items() if name in names}
    for name in wanted:
        if name not in found:
            report(Warned(f"{release.version} starts from {name}, and this Dockerfile does not"))
    return found


def of_others(
    project: Project, folder: Path, releases: tuple[Release, ...], registry: Callable[[], str], report: Report
) -> dict[str, str]:
    """Service -> name on this machine of its image, for services of the checkout in `folder` that are not built.

    The images are those of the first of the releases that has the same name for it, and not what the name means
    today; `registry` is asked for the repository where this machine has them not. Raises Refused when one is gone.
    """
    found = {}
    for service in released(read_services(folder, PRODUCTION)):
        for release in releases if not service.build else ():
            recorded = release.services.get(service.name)
            if recorded and recorded.source == service.image:
                found[service.name] = _of_release(project, release, service, registry, report)
                break
    return found


def _of_release(
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
            f"{name} is not the image that {release.version} has, and that one cannot be had: {error.message}",
            hint=f"restack on the machine that released {release.version}, or publish it from there: "
            f"dockdj publish {release.version}",
        ) from error


def _find(project: Project, release: Release, name: str, config: str, report: Report) -> str:
    kept, here = base_tag(project.name, config), project.build.image(name)
    for one in (kept, here):
        if _is(one, config):
            return one
    try:
        with step(report, f"pull {here}"):
            docker.pull(here, report)
    except CommandFailed as error:
        cause = "and cannot be pulled"
        report(Warned(error.message))
    else:
        cause = "and under its name is another one now"
        if _is(here, config):
            return here
    raise Refused(
        f"the base image {name} of {release.version} ({config[:19]}) is not on this machine, {cause}",
        hint=f"restack on the machine that released {release.version}, or name an image: --base {name}=IMAGE",
    )


def _is(name: str, config: str) -> bool:
    image = docker.image(name)
    return image is not None and image.config == config
