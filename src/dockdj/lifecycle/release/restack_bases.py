"""Choose the base images that a restack is built on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters.docker import client as docker
from dockdj.errors import ProjectError, UsageError
from dockdj.events import Report, Warned
from dockdj.lifecycle.build import bases
from dockdj.lifecycle.build.services import read_services
from dockdj.lifecycle.build.update import renew
from dockdj.lifecycle.release.restack_images import named_image, recorded_bases
from dockdj.model.build.dockerfile_language import UnknownName
from dockdj.model.project.compose_file import Service, released
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION
from dockdj.model.release.record import Release
from dockdj.model.version import Version


@dataclass(frozen=True)
class StackRequest:
    """The requested stack: another release's, or base images by name; without both, the newest of the same names."""

    stack_from: Version | None = None
    bases: Mapping[str, str] | None = None
    dependency_drift: bool = False


@dataclass(frozen=True)
class BaseImages:
    """The base images to build on: name in the Dockerfile -> name on this machine, and -> config digest.

    `below` is service -> the name that its image starts from, None for an image from scratch.
    """

    images: Mapping[str, str]
    configs: Mapping[str, str]
    below: Mapping[str, str | None]


def choose(project: Project, folder: Path, donor: Release | None, stack: StackRequest, report: Report) -> BaseImages:
    """Find or pull the requested base images for the checkout in `folder`; `donor` is the release of `stack_from`.

    Raises UsageError for a base that no Dockerfile starts from, Refused for an image that is not available,
    ProjectError for a service whose base is not known before the build.
    """
    services = released(read_services(project, PRODUCTION, folder))
    names = tuple(dict.fromkeys(name for service in services for name in bases.named(folder, service)))
    if unknown := [name for name in stack.bases or {} if name not in names]:
        raise UsageError(
            f"no Dockerfile of {PRODUCTION} starts from {', '.join(unknown)}", hint=f"base images: {', '.join(names)}"
        )
    below = {service.name: _known_below(folder, service) for service in services}
    bases.warn_of_unknown(folder, services, "not replaced", report)
    images = recorded_bases(project, donor, names, report) if donor else {}
    images |= {name: named_image(image, report) for name, image in (stack.bases or {}).items()}
    if not donor and not stack.bases:
        renewal = renew(tuple(project.build.image(name) for name in names), report)
        for name, cause in renewal.kept.items():
            report(Warned(f"{name} was not renewed: {cause}"))
    configs = {name: image.config for name, local in images.items() if (image := docker.image(local))}
    return BaseImages(images, configs, below)


def _known_below(folder: Path, service: Service) -> str | None:
    """The base image below a service's image. Raises ProjectError if it is not known before the build."""
    base = bases.below(folder, service)
    if isinstance(base, UnknownName):
        raise ProjectError(
            f"the base image of {service.name} is not known before the build: {base}",
            hint="give the argument a value in build.args of the compose file, and release that",
        )
    return base


def warn_of_python(original: Release, chosen: BaseImages, report: Report) -> None:
    """Warn of another Python before the build, which would only report that wheels are missing from the lock."""
    before = {image.runtime.get("python", "") for image in original.services.values()} - {""}
    for name, image in chosen.images.items():
        after = _python_of(image)
        if after and before and all(_series(after) != _series(version) for version in before):
            old = ", ".join(sorted(before))
            report(Warned(f"{name} brings Python {after}, and {original.version} has {old}: wheels may be missing"))


def _python_of(name: str) -> str:
    image = docker.image(name)
    variables = dict(line.partition("=")[::2] for line in image.environment) if image else {}
    return variables.get("PYTHON_VERSION", "")


def _series(version: str) -> list[str]:
    return version.split(".")[:2]
