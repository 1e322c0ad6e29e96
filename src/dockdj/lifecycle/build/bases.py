"""Third-party base images of a project's images: as its Dockerfiles name them, and as layers prove them."""

from pathlib import Path
from posixpath import normpath

from dockdj.adapters.disk import text_of
from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Image
from dockdj.model.build import dockerfile
from dockdj.model.image_names import base_tag
from dockdj.model.inventory.inventory import Base, Contents, proved_base
from dockdj.model.project.compose_file import Build, Service
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release


def named(folder: Path, service: Service) -> tuple[str, ...]:
    """The base images that a built service's Dockerfile starts from; empty for a service that is not built.

    Raises ProjectError when the Dockerfile in the checkout `folder` cannot be read.
    """
    return () if service.build is None else dockerfile.bases(_dockerfile(folder, service.build), service.build.args)


def below(folder: Path, service: Service) -> str | None:
    """The base image that a service's final stage starts from; None for an image from scratch. Raises as `named`."""
    if service.build is None:
        return None
    return dockerfile.below(_dockerfile(folder, service.build), service.build.args, service.build.target)


def _dockerfile(folder: Path, build: Build) -> str:
    return text_of(folder, normpath(f"{build.context}/{build.dockerfile}"))


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
