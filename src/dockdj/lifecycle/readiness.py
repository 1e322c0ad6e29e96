"""Start services and wait until they are healthy, or say why they are not."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dockdj.adapters import machine
from dockdj.adapters.docker.compose import Container, Stack
from dockdj.errors import CommandFailed, TimedOut
from dockdj.events import Output, Report, silent, step
from dockdj.lifecycle.polling import poll

HEALTHY_SECONDS = 120
LOOK_SECONDS = 0.1
SHOWN_LINES = 20


@dataclass(frozen=True)
class Waiting:
    """A service that is not healthy yet, and the condition of its container."""

    service: str
    condition: str

    @classmethod
    def of(cls, container: Container) -> "Waiting":
        """The container's service with the container's health, or its state when it has no health check."""
        return cls(container.service, container.health or container.state)


def up(stack: Stack, environment: str, services: Sequence[str] = (), report: Report = silent) -> None:
    """Start services. Raises CommandFailed with the last lines of a service that is broken."""
    try:
        stack.up(services, report)
    except CommandFailed as error:
        if machine.names_port_conflict(error.output):
            raise
        # Compose names the service that failed, but does not say why it failed.
        if broken := [container for container in stack.containers() if container.broken]:
            raise _failure(stack, environment, broken[0]) from error
        raise


def wait(stack: Stack, environment: str, services: Sequence[str] = (), report: Report = silent) -> None:
    """Wait until all services are healthy.

    Raises CommandFailed for a service that is broken, TimedOut after HEALTHY_SECONDS.
    """

    def look() -> list[Waiting]:
        containers = [each for each in stack.containers() if not services or each.service in services]
        for container in containers:
            if container.broken:
                raise _failure(stack, environment, container)
        if not containers:
            return [Waiting(environment, "no container")]
        return [Waiting.of(container) for container in containers if not container.healthy]

    if waiting := still_waiting(look, report):
        raise TimedOut(
            f"{waiting_for(waiting)} for {HEALTHY_SECONDS} s; it still runs",
            hint=f"look: dockdj logs {environment} · end it: dockdj stop {environment}",
        )


def still_waiting(look: Callable[[], list[Waiting]], report: Report) -> list[Waiting]:
    """Look until no service is waiting; the services that still are after HEALTHY_SECONDS."""
    reported = ""

    def observe() -> list[Waiting]:
        nonlocal reported
        waiting = look()
        status = waiting_for(waiting) if waiting else reported
        if status != reported:
            report(Output(status))
        reported = status
        return waiting

    waiting, _ = poll(
        observe,
        lambda waiting: not waiting,
        deadline=time.monotonic() + HEALTHY_SECONDS,
        pause=lambda: time.sleep(LOOK_SECONDS),
    )
    return waiting


def waiting_for(waiting: Sequence[Waiting]) -> str:
    """The services that are not healthy yet, in a phrase."""
    return "waiting for " + ", ".join(f"{each.service} ({each.condition})" for each in waiting)


def bring_up(stack: Stack, environment: str, services: Sequence[str], report: Report = silent) -> None:
    """Start services and wait until they are healthy. Raises what `up` and `wait` raise."""
    with step(report, f"start {', '.join(services) or environment}"):
        up(stack, environment, services, report)
        wait(stack, environment, services, report)


def last(output: str) -> str:
    """The last lines of an output, as many as an error shows."""
    return "\n".join(output.rstrip().splitlines()[-SHOWN_LINES:])


def _failure(stack: Stack, environment: str, container: Container) -> CommandFailed:
    lines = stack.last_lines(container.service, SHOWN_LINES)
    condition = container.health if container.state == "running" else f"{container.state} ({container.exit_code})"
    return CommandFailed(
        f"{container.service} is {condition}; its last lines:\n{lines or '(none)'}",
        hint=f"see all: dockdj logs {environment} {container.service} · end it: dockdj stop {environment}",
        status=container.exit_code,
        output=lines,
    )
