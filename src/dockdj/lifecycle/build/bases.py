"""The images of others that a project's own are built on: as its Dockerfiles name them, and as layers prove them."""

from dataclasses import asdict
from pathlib import Path
from posixpath import normpath
from typing import Any

from dockdj.adapters.disk import text_of
from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Image
from dockdj.model.build import dockerfile
from dockdj.model.image_names import base_tag
from dockdj.model.inventory.inventory import Contents, proved_base
from dockdj.model.project.compose_file import Build, Service
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release


def named(folder: Path, service: Service) -> tuple[str, ...]:
    """The images of others that a service's Dockerfile starts from; none for one that is not built.

    Raises ProjectError when the Dockerfile in the checkout `folder` cannot be read.
    """
    return () if service.build is None else dockerfile.bases(_dockerfile(folder, service.build), service.build.args)


def below(folder: Path, service: Service) -> str | None:
    """The one of them that the released image itself starts from; None for an image from scratch. Raises as `named`."""
    if service.build is None:
        return None
    return dockerfile.below(_dockerfile(folder, service.build), service.build.args, service.build.target)


def _dockerfile(folder: Path, build: Build) -> str:
    return text_of(folder, normpath(f"{build.context}/{build.dockerfile}"))


def keep(project: Project, release: Release) -> None:
    """Give a release's base images a name of their own, which nobody moves."""
    for base in (service["base"] for service in release.document["services"].values()):
        # By its digest: the name may be another image by now.
        if base and docker.image(base["config"]):
            docker.tag(base["config"], base_tag(project.name, base["config"]))


def proved(project: Project, folder: Path, service: Service, image: Image) -> dict[str, Any] | None:
    """A record's `base` of the image that was built for a service: the one whose layers are its first, or None."""
    here = {name: docker.image(project.build.image(name)) for name in named(folder, service)}
    candidates = {name: Contents(one.config, one.diff_ids) for name, one in here.items() if one}
    base = proved_base(candidates, Contents(image.config, image.diff_ids))
    return asdict(base) if base else None
