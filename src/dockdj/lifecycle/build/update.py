"""Rebuild an environment's images: on the newest bases, and without the build cache."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker import versions
from dockdj.errors import CommandFailed
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle.build import bases as base_images
from dockdj.lifecycle.build import images as built_images
from dockdj.lifecycle.build.images import BuiltImage
from dockdj.lifecycle.build.services import read_services, sources_of
from dockdj.model.project.compose_file import Service
from dockdj.model.project.project import Project


@dataclass(frozen=True)
class Renewal:
    """The outcome of pulling images: renewed, already the newest, or kept (name -> cause of the failed pull)."""

    renewed: tuple[str, ...] = ()
    newest: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Updated:
    """Rebuilt images, and the renewal of their bases."""

    images: tuple[BuiltImage, ...]
    bases: Renewal


def update(project: Project, environment: str, report: Report = silent) -> Updated:
    """Pull the newest bases where a registry answers, then build without cache.

    A base that cannot be pulled stays as it is; a warning names it. Raises as `images.build` does.
    """
    docker.require_engine()
    versions.require_buildx(report)
    services = read_services(project, environment)
    sources = sources_of(project)
    base_images.warn_of_unknown(project.root, services, "not renewed", report)
    renewal = renew(tuple(sources.image(name) for name in pulled_images(project, services)), report)
    for name, cause in renewal.kept.items():
        report(Warned(f"{name} was not renewed: {cause}"))
    return Updated(built_images.build(project, environment, report, no_cache=True), renewal)


def pulled_images(project: Project, services: tuple[Service, ...]) -> tuple[str, ...]:
    """The images that an environment pulls: bases of its Dockerfiles, and images of services that are not built."""
    names: list[str] = []
    for service in services:
        if service.build:
            names += base_images.named(project.root, service)
        elif service.image:
            names.append(service.image)
    return tuple(dict.fromkeys(names))


def renew(names: tuple[str, ...], report: Report = silent) -> Renewal:
    """Pull images and return what changed."""
    renewed: list[str] = []
    newest: list[str] = []
    kept: dict[str, str] = {}
    for name in names:
        before = docker.image(name)
        try:
            with step(report, f"pull {name}"):
                docker.pull(name, report)
        except CommandFailed as error:
            kept[name] = error.output.strip().splitlines()[-1] if error.output.strip() else error.message
            continue
        after = docker.image(name)
        (newest if before and after and before.config == after.config else renewed).append(name)
    return Renewal(tuple(renewed), tuple(newest), kept)
