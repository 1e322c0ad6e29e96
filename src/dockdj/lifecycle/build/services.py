"""An environment's services, and the pulled images that they need."""

from dataclasses import replace
from pathlib import Path

from dockdj.adapters.docker import client as docker
from dockdj.errors import ProjectError
from dockdj.events import Report, silent, step
from dockdj.lifecycle.bundle import compose
from dockdj.model.project.build_sources import Sources
from dockdj.model.project.compose_file import Service
from dockdj.model.project.project import Project

CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


def read_services(project: Project, environment: str, folder: Path | None = None) -> tuple[Service, ...]:
    """The services of an environment's compose file, in the checkout in `folder` or in the project.

    Raises UsageError without a file, ProjectError if it is wrong.
    """
    return compose.services_of(compose.of_environment(project, environment, folder))


def sources_of(project: Project) -> Sources:
    """The project's [build], with an absolute path to its CA bundle.

    Raises ProjectError when the CA bundle is not a file with certificates.
    """
    if project.build.ca_bundle is None:
        return project.build
    bundle = (project.root / project.build.ca_bundle).resolve()
    if not bundle.is_file() or CERTIFICATE not in bundle.read_bytes():
        raise ProjectError(
            f"build.ca_bundle: {bundle} is not a file with certificates",
            hint="name a PEM file in dockdj.toml, or in the variable DOCKDJ_CA_BUNDLE",
        )
    return replace(project.build, ca_bundle=str(bundle))


def obtain(name: str, report: Report = silent) -> None:
    """Pull an image unless it is on this machine. Raises CommandFailed when the pull fails."""
    if docker.image(name) is None:
        with step(report, f"pull {name}"):
            docker.pull(name, report)


def provide(services: tuple[Service, ...], sources: Sources, report: Report = silent) -> None:
    """Pull the images that [build] replaces, and tag each with the name that its service uses."""
    for name in {service.image for service in services if service.image and not service.build}:
        if (replacement := sources.image(name)) != name and docker.image(name) is None:
            with step(report, f"pull {replacement}"):
                docker.pull(replacement, report)
            docker.tag(replacement, name)
