"""An environment's containers on this machine: start until healthy, stop, logs."""

import os
import re
import time
from dataclasses import dataclass

from dockdj.adapters import docker, ports, project_file
from dockdj.adapters.compose import Container, Stack
from dockdj.errors import CommandFailed, TimedOut, UsageError
from dockdj.events import Finished, Output, Report, Started, silent, step
from dockdj.lifecycle import env, host_port, image
from dockdj.model.project import Project

HEALTHY_SECONDS = 120
PORT_ATTEMPTS = 5
LOOK_SECONDS = 0.3
SHOWN_LINES = 20
# The service that has the application's processes; the recipe's compose files name it so.
APPLICATION = "django"
# What PostgreSQL says to a wrong password.
LOCKED_OUT = "password authentication failed"
RELEASE_PROCESS = re.compile(r"^release:", re.MULTILINE)


@dataclass(frozen=True)
class Running:
    """An environment that is up and healthy. `url` is empty when no port is published."""

    environment: str
    url: str
    services: tuple[str, ...]


def stack_of(project: Project, environment: str, port: int | None = None) -> Stack:
    """An environment's containers. Raises UsageError for an environment the project does not have."""
    environments = project_file.environments(project)
    if environment not in environments:
        known = ", ".join(environments) or "none"
        raise UsageError(f"there is no environment `{environment}`", hint=f"environments: {known}")
    variables = {"DOCKDJ_UID": str(os.getuid()), "DOCKDJ_GID": str(os.getgid())}
    if port is not None:
        variables["DOCKDJ_PORT"] = str(port)
    return Stack(f"{project.name}-{environment}", project.compose_file(environment), variables)


def running_stack(project: Project, environment: str) -> Stack:
    """An environment's containers, to be asked. Raises as `stack_of`, and MissingTool without an engine."""
    stack = stack_of(project, environment)
    docker.require_engine()
    return stack


def start(project: Project, environment: str, *, port: int | None = None, report: Report = silent) -> Running:
    """Build what changed, start everything, run the release process before the application serves.

    Raises UsageError (unknown environment), ProjectError (wrong lines in `.env`), Refused (a variable lacks a value,
    a check of the quality gate failed), MissingTool (no engine, or `port` is taken), CommandFailed with a failing
    container's last lines, TimedOut.
    """
    stack = stack_of(project, environment)
    services = image.read_services(project.root, environment)
    env.ready(project, environment, report)
    docker.require_engine()
    compose_text = stack.file.read_text(encoding="utf-8")
    own = {taken for container in stack.containers() for taken in container.ports}
    stack = stack_of(project, environment, host_port.choose(compose_text, own, port, report))
    image.build(project, environment, report)
    backing = [service.name for service in services if not service.build]
    if backing:
        _up(stack, environment, backing, report)
    if _has_release_process(project, environment):
        _release(stack, environment, report)
    for attempt in range(1, PORT_ATTEMPTS + 1):
        try:
            _up(stack, environment, [], report)
            break
        except CommandFailed as error:
            # Much time has passed since the port was chosen: a build, a database, migrations.
            if attempt == PORT_ATTEMPTS or not ports.taken(error.output):
                raise
            stack = stack_of(project, environment, host_port.choose(compose_text, (), port, report))
    found = stack.containers()
    return Running(environment, url_of(found), tuple(sorted(container.service for container in found)))


def url_of(containers: tuple[Container, ...]) -> str:
    """The address of the first port that the containers publish; empty without one."""
    published = [port for container in containers for port in container.ports]
    if not published:
        return ""
    return "http://localhost/" if published[0] == 80 else f"http://localhost:{published[0]}/"


def stop(project: Project, environment: str, report: Report = silent) -> tuple[str, ...]:
    """Remove an environment's containers and network, keep its data; return the services there were."""
    stack = stack_of(project, environment)
    docker.require_engine()
    found = tuple(sorted(container.service for container in stack.containers()))
    with step(report, f"stop {', '.join(found) or environment}"):
        stack.down(report)
    return found


def known_services(project: Project, environment: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """`wanted`, once it is sure that the environment has those services. Raises UsageError otherwise."""
    names = [service.name for service in image.read_services(project.root, environment)]
    for name in wanted:
        if name not in names:
            raise UsageError(f"{environment} has no service `{name}`", hint=f"services: {', '.join(names)}")
    return wanted


def _has_release_process(project: Project, environment: str) -> bool:
    procfile = project.root / "environments" / environment / "Procfile"
    return procfile.is_file() and RELEASE_PROCESS.search(procfile.read_text(encoding="utf-8")) is not None


def _release(stack: Stack, environment: str, report: Report) -> None:
    try:
        with step(report, "release process"):
            stack.run(APPLICATION, ["/start.sh", "release"], report)
    except CommandFailed as error:
        raise CommandFailed(
            f"the release process of {environment} failed:\n{_last(error.output)}",
            hint=_release_hint(stack, environment, error.output),
            argv=error.argv,
            status=error.status,
            output=error.output,
        ) from error


def _release_hint(stack: Stack, environment: str, output: str) -> str:
    if LOCKED_OUT not in output:
        return "correct it and start again; the services it needs still run"
    volume = f"{stack.name}_postgres"
    return (
        f"the database in the volume {volume} was made with another password than environments/{environment}/.env has: "
        f"put that one back or, if its data may go: dockdj stop {environment} && docker volume rm {volume}"
    )


def _up(stack: Stack, environment: str, services: list[str], report: Report) -> None:
    name = f"start {', '.join(services)}" if services else f"start {environment}"
    report(Started(name))
    try:
        stack.up(services, report)
    except CommandFailed as error:
        if ports.taken(error.output):
            raise
        # Compose names the service that another one waited for, but not what was wrong with it.
        if broken := [container for container in stack.containers() if container.broken]:
            raise _failure(stack, environment, broken[0]) from error
        raise
    _wait(stack, environment, services, report)
    report(Finished(name))


def _wait(stack: Stack, environment: str, services: list[str], report: Report) -> None:
    """Look until all are well. Raises CommandFailed for one that is broken, TimedOut after HEALTHY_SECONDS."""
    deadline = time.monotonic() + HEALTHY_SECONDS
    said = ""
    while True:
        found = [each for each in stack.containers() if not services or each.service in services]
        for container in found:
            if container.broken:
                raise _failure(stack, environment, container)
        waiting = [container for container in found if not container.well]
        if found and not waiting:
            return
        now = "waiting for " + ", ".join(f"{each.service} ({each.health or each.state})" for each in waiting)
        if now != said:
            report(Output(said := now))
        if time.monotonic() > deadline:
            raise TimedOut(
                f"{now} for {HEALTHY_SECONDS} s; it still runs",
                hint=f"look: dockdj logs {environment} · end it: dockdj stop {environment}",
            )
        time.sleep(LOOK_SECONDS)


def _failure(stack: Stack, environment: str, container: Container) -> CommandFailed:
    lines = stack.last_lines(container.service, SHOWN_LINES)
    condition = container.health if container.state == "running" else f"{container.state} ({container.exit_code})"
    return CommandFailed(
        f"{container.service} is {condition}; its last lines:\n{lines or '(none)'}",
        hint=f"see all: dockdj logs {environment} {container.service} · end it: dockdj stop {environment}",
        status=container.exit_code,
        output=lines,
    )


def _last(output: str) -> str:
    return "\n".join(output.rstrip().splitlines()[-SHOWN_LINES:])
