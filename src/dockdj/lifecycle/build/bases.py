"""Third-party base images of a project's images: as its Dockerfiles name them, and as layers prove them."""

from collections.abc import Iterable
from pathlib import Path

from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Image
from dockdj.events import Report, Warned
from dockdj.lifecycle.build import dockerfiles
from dockdj.model.build import dockerfile
from dockdj.model.build.dockerfile_language import UnknownName
from dockdj.model.image_names import base_tag
from dockdj.model.inventory.inventory import Base, Contents, proved_base
from dockdj.model.project.compose_file import Service
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release


def named(folder: Path, service: Service) -> tuple[str, ...]:
    """The known base images that a built service's Dockerfile starts from; empty for a service that is not built.

    Raises ProjectError when the Dockerfile in the checkout `folder` cannot be read or is invalid.
    """
    if service.build is None:
        return ()
    with dockerfiles.naming(folder, service.build):
        return dockerfile.bases(dockerfiles.text_of(folder, service.build), service.build.args)


def below(folder: Path, service: Service) -> str | UnknownName | None:
    """The base image that a service's final stage starts from; None for an image from scratch. Raises as `named`."""
    if service.build is None:
        return None
    with dockerfiles.naming(folder, service.build):
        text = dockerfiles.text_of(folder, service.build)
        return dockerfile.below(text, service.build.args, service.build.target)


def warn_of_unknown(folder: Path, services: Iterable[Service], consequence: str, report: Report) -> None:
    """Warn of the bases that are not known before the build, once each. Raises as `named`."""
    warnings: list[str] = []
    for service in services:
        if service.build is None:
            continue
        with dockerfiles.naming(folder, service.build):
            unknown = dockerfile.unknown_bases(dockerfiles.text_of(folder, service.build), service.build.args)
        path = dockerfiles.path_of(folder, service.build)
        warnings += [f"{path}: base image unknown, {consequence}: {name}" for name in unknown]
    for warning in dict.fromkeys(warnings):
        report(Warned(warning))


def keep(project: Project, release: Release) -> None:
    """Tag a release's base images with names that no pull or build moves."""
    for base in (image.base for image in release.services.values()):
        # By digest, since the name may be another image by now.
        if base and docker.image(base.config):
            docker.tag(base.config, base_tag(project.name, base.config))


def proved(project: Project, folder: Path, service: Service, image: Image) -> Base | None:
    """The base of a service's image: the base image whose layers are its first layers, or None."""
    base_images = {name: docker.image(project.build.image(name)) for name in named(folder, service)}
    candidates = {name: Contents(base.config, base.diff_ids) for name, base in base_images.items() if base}
    return proved_base(candidates, Contents(image.config, image.diff_ids))
