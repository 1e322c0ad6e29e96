"""The base images a restack is built on, found on this machine or pulled."""

from dockdj.adapters import docker
from dockdj.errors import CommandFailed, Refused
from dockdj.events import Report, Warned, step
from dockdj.lifecycle.image import obtain
from dockdj.model.image_names import base_tag
from dockdj.model.project import Project
from dockdj.model.release import Release


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
    wanted = {
        one["base"]["name"]: one["base"]["config"] for one in release.document["services"].values() if one["base"]
    }
    found = {name: _find(project, release, name, config, report) for name, config in wanted.items() if name in names}
    for name in wanted:
        if name not in found:
            report(Warned(f"{release.version} starts from {name}, and this Dockerfile does not"))
    return found


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
