"""The images of others that a project's own are built on: as its Dockerfiles name them, and as layers prove them."""

from dataclasses import asdict
from pathlib import Path
from posixpath import normpath
from typing import Any

from dockdj.adapters import docker
from dockdj.adapters.disk import text_of
from dockdj.adapters.docker import Image
from dockdj.model import dockerfile
from dockdj.model.compose import Service
from dockdj.model.inventory import Contents, proved_base
from dockdj.model.project import Project


def named(folder: Path, service: Service) -> tuple[str, ...]:
    """The images of others that a service's Dockerfile starts from; none for one that is not built.

    Raises ProjectError when the Dockerfile in the checkout `folder` cannot be read.
    """
    if service.build is None:
        return ()
    name = normpath(f"{service.build.context}/{service.build.dockerfile}")
    return dockerfile.bases(text_of(folder, name), service.build.args)


def proved(project: Project, folder: Path, service: Service, image: Image) -> dict[str, Any] | None:
    """A record's `base` of the image that was built for a service: the one whose layers are its first, or None."""
    here = {name: docker.image(project.build.image(name)) for name in named(folder, service)}
    candidates = {name: Contents(one.config, one.diff_ids) for name, one in here.items() if one}
    base = proved_base(candidates, Contents(image.config, image.diff_ids))
    return asdict(base) if base else None
