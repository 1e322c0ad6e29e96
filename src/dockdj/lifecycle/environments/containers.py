"""Start an environment's containers on this machine until they are healthy, stop them, show their logs."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dockdj.adapters import machine
from dockdj.adapters.disk import text_of
from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.compose import Container, Stack
from dockdj.errors import CommandFailed, DockdjError, Refused, UsageError
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle import readiness
from dockdj.lifecycle.build import images
from dockdj.lifecycle.build.services import provide, read_services, sources_of
from dockdj.lifecycle.bundle import compose, dockerrun
from dockdj.lifecycle.environments import host_ports
from dockdj.lifecycle.environments import variables as environment_variables
from dockdj.lifecycle.environments.host_ports import OpenPort
from dockdj.model.project.compose_file import Service
from dockdj.model.project.procfile import has_process
from dockdj.model.project.project import PROJECT_FILE, Project

PORT_ATTEMPTS = 5
# PostgreSQL's message for a wrong password.
LOCKED_OUT = "password authentication failed"


@dataclass(frozen=True)
class Running:
    """An environment that is up and healthy. `url` is the application's; empty when no port is published.

    `urls` is name -> address of everything that answers.
    """

    environment: str
    url: str
    services: tuple[str, ...]
    urls: Mapping[str, str] = field(default_factory=dict)


def stack_of(project: Project, environment: str, chosen: Mapping[str, int] | None = None) -> Stack:
    """An environment's containers. Raises UsageError for an environment the project does not have."""
    environment_variables.known(project, environment)
    variables = {"DOCKDJ_UID": str(os.getuid()), "DOCKDJ_GID": str(os.getgid())}
    variables |= {variable: str(port) for variable, port in (chosen or {}).items()}
    return Stack(f"{project.name}-{environment}", project.compose_file(environment), variables)


def running_stack(project: Project, environment: str) -> Stack:
    """An environment's containers, with the engine running. Raises as `stack_of`, or MissingTool without an engine."""
    stack = stack_of(project, environment)
    docker.require_engine()
    return stack


def start(
    project: Project, environment: str, *, port: int | None = None, build: bool = True, report: Report = silent
) -> Running:
    """Build what changed, start everything, run the release process before the application serves.

    Without `build`, the existing images of the environment's tags run.

    Raises UsageError (unknown environment), ProjectError (wrong lines in `.env`, an old
    Dockerrun.aws.json), Refused (a variable lacks a value, a check of the quality gate failed, another checkout
    runs), MissingTool (no engine, or `port` is taken), CommandFailed with a failing container's last lines, TimedOut.
    """
    environment_variables.ready(project, environment, report)
    stack = running_stack(project, environment)
    services = read_services(project, environment)
    dockerrun.require_current(project, environment)
    wanted = open_ports(project, environment)
    before = stack.containers()
    require_own(project, environment, stack, before, report)
    stack = stack_of(project, environment, host_ports.choose(wanted, host_ports.held(wanted, before), port, report))

    def up(names: Sequence[str]) -> None:
        nonlocal stack
        for attempt in range(1, PORT_ATTEMPTS + 1):
            try:
                return readiness.up(stack, environment, names, report)
            except CommandFailed as error:
                # A build, a database and migrations take long: another program may have taken the port meanwhile.
                if attempt == PORT_ATTEMPTS or not machine.names_port_conflict(error.output):
                    raise
                own = host_ports.held(wanted, stack.containers())
                stack = stack_of(project, environment, host_ports.choose(wanted, own, port, report))

    provide(services, sources_of(project), report)
    backing = backing_services(services)
    if backing:
        # First, without waiting: they start up while the images are built.
        with step(report, f"start {', '.join(backing)}"):
            up(backing)
    if build:
        _build(project, environment, stack, report, fresh=not before)
    if backing:
        readiness.wait(stack, environment, backing, report)
    if _has_release_process(project, environment):
        _release(project, environment, stack, report)
    with step(report, f"start {environment}"):
        up([service.name for service in services if service.build])
        readiness.wait(stack, environment, report=report)
    running = stack.containers()
    urls = urls_of(wanted, running, project.application.port)
    return Running(environment, next(iter(urls.values()), ""), tuple(each.service for each in running), urls)


def backing_services(services: Sequence[Service]) -> list[str]:
    """The third-party services that the application needs: a database."""
    return [service.name for service in services if not service.build]


def open_ports(project: Project, environment: str) -> tuple[OpenPort, ...]:
    """The ports whose numbers the environment's compose file leaves to a variable."""
    return host_ports.open_ports(compose.of_environment(project, environment).model)


def urls_of(wanted: Sequence[OpenPort], containers: Sequence[Container], port: int | None = None) -> dict[str, str]:
    """Name -> address on this machine: `application` first, the others by their service.

    The application answers on the container port `port`, else on the port whose variable is the application's.
    """
    main = {(port.service, port.inner) for port in wanted if port.variable == host_ports.APPLICATION}
    addresses: dict[str, str] = {}
    for container in containers:
        for inner, outer in container.ports.items():
            is_main = inner == port if port else (container.service, inner) in main
            name = "application" if is_main else container.service
            address = "http://localhost/" if outer == 80 else f"http://localhost:{outer}/"
            addresses[f"{name}:{inner}" if name in addresses else name] = address
    return dict(sorted(addresses.items(), key=lambda each: (each[0] != "application", each[0])))


def require_own(
    project: Project, environment: str, stack: Stack, containers: Sequence[Container], report: Report = silent
) -> None:
    """Raise Refused while another checkout of the project runs the environment: Compose would take its containers."""
    for container in containers:
        folder = Path(container.folder)
        if container.state != "running" or not container.folder or folder.resolve() == stack.file.parent.resolve():
            continue
        other = _root_of(folder, project.files(environment).compose)
        if not (other / PROJECT_FILE).is_file():
            report(Warned(f"{stack.name} was started in {other}, which is gone: its containers are taken over"))
            return
        raise Refused(
            f"{stack.name} runs already, started in {other}: checkouts of one project share containers and database",
            hint=f"work there, or stop it first: dockdj stop {environment} --project {other}",
        )


def _root_of(folder: Path, compose: str) -> Path:
    """The checkout whose compose file is in this folder; `compose` is the file's path in a checkout."""
    depth = compose.count("/")
    return folder.parents[depth - 1] if 0 < depth <= len(folder.parents) else folder


def stop(project: Project, environment: str, report: Report = silent) -> tuple[str, ...]:
    """Remove an environment's containers and network, keep its data; return the removed services."""
    stack = running_stack(project, environment)
    running = stack.containers()
    require_own(project, environment, stack, running, report)
    names = tuple(container.service for container in running)
    with step(report, f"stop {', '.join(names) or environment}"):
        stack.down(report)
    return names


def known_services(project: Project, environment: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return `wanted`. Raises UsageError for a service that the environment does not have."""
    names = [service.name for service in read_services(project, environment)]
    for name in wanted:
        if name not in names:
            raise UsageError(f"{environment} has no service `{name}`", hint=f"services: {', '.join(names)}")
    return wanted


def _build(project: Project, environment: str, stack: Stack, report: Report, *, fresh: bool) -> None:
    try:
        images.build(project, environment, report)
    except DockdjError:
        if fresh:
            stack.down()
        raise


def _has_release_process(project: Project, environment: str) -> bool:
    procfile = project.files(environment).procfile
    if not (project.root / procfile).is_file():
        return False
    return has_process(text_of(project.root, procfile), project.application.release_process)


def _release(project: Project, environment: str, stack: Stack, report: Report) -> None:
    application = project.application
    try:
        with step(report, "release process"):
            stack.run(application.service, [*application.start, application.release_process], report)
    except CommandFailed as error:
        raise CommandFailed(
            f"the release process of {environment} failed:\n{readiness.last(error.output)}",
            hint=_release_hint(project, environment, stack, error.output),
            argv=error.argv,
            status=error.status,
            output=error.output,
        ) from error


def _release_hint(project: Project, environment: str, stack: Stack, output: str) -> str:
    if LOCKED_OUT not in output:
        return "correct it and start again; its backing services still run"
    volume = f"{stack.name}_postgres"
    return (
        f"the database in the volume {volume} was created with another password than "
        f"{project.files(environment).variables} has: "
        f"restore that password or, if the data may be lost: dockdj stop {environment} && docker volume rm {volume}"
    )
