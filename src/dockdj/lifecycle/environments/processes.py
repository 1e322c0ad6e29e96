"""Run one-off processes in the image, the configuration and the network of an environment's service."""

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
    """An environment for one-off processes: its images exist, and its backing services are healthy."""

    stack: Stack
    services: tuple[Service, ...]
    containers: tuple[Container, ...]

    def has(self, service: str) -> bool:
        """Tell whether the environment has a service of this name."""
        return service in {each.name for each in self.services}

    def runs(self, service: str) -> bool:
        """Tell whether a service runs."""
        return any(each.service == service and each.state == "running" for each in self.containers)


@dataclass(frozen=True)
class Process:
    """A command for a container of a service; `folder` is the working directory, by default the image's."""

    service: str
    command: tuple[str, ...]
    folder: str = ""


def prepare(project: Project, environment: str, report: Report = silent, *, backing: bool = True) -> Place:
    """Build what changed unless the environment runs, and start the services that the processes need (`backing`).

    The services keep running. Raises what `containers.start` raises.
    """
    stack = containers.running_stack(project, environment)
    services = read_services(project, environment)
    variables.ready(project, environment, report)
    running = stack.containers()
    containers.require_own(project, environment, stack, running, report)
    ports = host_ports.held(containers.open_ports(project, environment), running)
    place = Place(containers.stack_of(project, environment, ports), services, running)
    # A process uses the images of the running containers, even if the files changed meanwhile.
    if not any(place.runs(service.name) for service in services if service.build):
        images.build(project, environment, report)
    provide(services, sources_of(project), report)
    if backing and (missing := lacking(services, running)):
        readiness.bring_up(place.stack, environment, missing, report)
    return place


def lacking(services: Sequence[Service], running: Sequence[Container]) -> list[str]:
    """The backing services that are not healthy."""
    healthy = {container.service for container in running if container.healthy}
    return [name for name in containers.backing_services(services) if name not in healthy]


def attach(place: Place, process: Process, *, terminal: bool) -> int:
    """Run a process on this process's terminal or pipes; return its exit status.

    Raises KeyboardInterrupt when a person interrupts the process; the command line ends with 130 then.
    """
    return place.stack.attach(process.service, process.command, terminal=terminal, folder=process.folder)


def capture(place: Place, process: Process) -> Result:
    """Run a process; return its output and exit status."""
    return place.stack.capture(process.service, process.command, folder=process.folder)


def shell(place: Place, service: str, *, terminal: bool) -> int:
    """Open a shell in a service's container, or in a new container if it does not run; return its exit status."""
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
    """Tell whether an environment runs the working tree: its compose file mounts the code and serves the assets."""
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
