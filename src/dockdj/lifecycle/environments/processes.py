"""One-off processes: in the image, the configuration and the network of an environment's service."""

from collections.abc import Sequence
from dataclasses import dataclass

from dockdj.adapters.docker.compose import Container, Stack
from dockdj.adapters.shell import Result
from dockdj.errors import UsageError
from dockdj.events import Report, silent
from dockdj.lifecycle import readiness
from dockdj.lifecycle.build import images
from dockdj.lifecycle.build.services import provide, read_services, sources_of
from dockdj.lifecycle.environments import containers, host_ports, variables
from dockdj.model.project.compose_file import Service
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import DEVELOPMENT

SHELL = ("sh", "-c", "if command -v bash >/dev/null; then exec bash; else exec sh; fi")


@dataclass(frozen=True)
class Place:
    """Where one-off processes run: an environment whose images exist and whose backing services are well."""

    stack: Stack
    services: tuple[Service, ...]
    containers: tuple[Container, ...]

    def has(self, service: str) -> bool:
        """Whether the environment has a service of this name."""
        return service in {each.name for each in self.services}

    def runs(self, service: str) -> bool:
        """Whether a service runs."""
        return any(each.service == service and each.state == "running" for each in self.containers)


@dataclass(frozen=True)
class Process:
    """A command for a container of a service; `folder` is the container's, by default its image's own."""

    service: str
    command: tuple[str, ...]
    folder: str = ""


def prepare(project: Project, environment: str, report: Report = silent, *, backing: bool = True) -> Place:
    """Build what changed unless the environment runs, and bring up what the processes need (`backing`).

    What was brought up keeps running. Raises as `containers.start` does.
    """
    stack = containers.running_stack(project, environment)
    services = read_services(project, environment)
    variables.ready(project, environment, report)
    found = stack.containers()
    containers.require_own(project, environment, stack, found, report)
    ports = host_ports.held(containers.open_ports(stack), found)
    place = Place(containers.stack_of(project, environment, ports), services, found)
    # While it runs, a process belongs to what runs, not to what the files say by now.
    if not any(place.runs(service.name) for service in services if service.build):
        images.build(project, environment, report)
    provide(services, sources_of(project), report)
    if backing and (missing := lacking(services, found)):
        readiness.bring_up(place.stack, environment, missing, report)
    return place


def lacking(services: Sequence[Service], found: Sequence[Container]) -> list[str]:
    """The backing services that are not well."""
    healthy = {container.service for container in found if container.healthy}
    return [name for name in containers.backing_services(services) if name not in healthy]


def attach(place: Place, process: Process, *, terminal: bool) -> int:
    """Run a process with this one's terminal, or its pipes; return its exit status."""
    return place.stack.attach(process.service, process.command, terminal=terminal, folder=process.folder)


def capture(place: Place, process: Process) -> Result:
    """Run a process and return what it wrote, and its exit status."""
    return place.stack.capture(process.service, process.command, folder=process.folder)


def shell(place: Place, service: str, *, terminal: bool) -> int:
    """A shell in a service's container, or in one like it when it does not run; returns its exit status."""
    if place.runs(service):
        return place.stack.enter(service, SHELL, terminal=terminal)
    return place.stack.attach(service, SHELL, terminal=terminal)


def program(project: Project, command: Sequence[str]) -> Process:
    """A program in the application's container."""
    return Process(project.application.service, tuple(command))


def management(project: Project, arguments: Sequence[str]) -> Process:
    """A management command of Django."""
    return Process(project.application.service, (*project.application.manage, *arguments))


def tests(project: Project, arguments: Sequence[str]) -> Process:
    """The project's tests; pytest reads its settings from the project's folder."""
    return Process(project.application.service, (*project.gate.tests, *arguments), project.application.folder)


def assets(project: Project, *, production: bool) -> Process:
    """The frontend's build."""
    options = ("--production",) if production else ()
    return Process(project.frontend.service, (*project.frontend.build, *options), project.application.folder)


def is_development(project: Project, environment: str) -> bool:
    """Whether an environment runs the working tree: its compose file mounts the code and serves the assets."""
    return environment == DEVELOPMENT or project.frontend.service in _names(project, environment)


def assets_environment(project: Project, environment: str) -> str:
    """The environment whose frontend tools build the assets of `environment`. Raises UsageError without one."""
    service = project.frontend.service
    for candidate in (environment, DEVELOPMENT):
        if service in _names(project, candidate):
            return candidate
    raise UsageError(
        f"neither {environment} nor {DEVELOPMENT} has a service `{service}`: there is no frontend to build"
    )


def _names(project: Project, environment: str) -> set[str]:
    containers.stack_of(project, environment)
    return {service.name for service in read_services(project, environment)}
