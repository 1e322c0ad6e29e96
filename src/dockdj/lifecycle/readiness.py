"""Services come up, and it is known when they are well or why they are not."""

import time
from collections.abc import Sequence

from dockdj.adapters import machine
from dockdj.adapters.docker.compose import Container, Stack
from dockdj.errors import CommandFailed, TimedOut
from dockdj.events import Output, Report, silent, step

HEALTHY_SECONDS = 120
LOOK_SECONDS = 0.1
SHOWN_LINES = 20


def up(stack: Stack, environment: str, services: Sequence[str] = (), report: Report = silent) -> None:
    """Start services, healthy or not. Raises CommandFailed with the last lines of one that is broken."""
    try:
        stack.up(services, report)
    except CommandFailed as error:
        if machine.names_port_conflict(error.output):
            raise
        # Compose names the service that another one waited for, but not what was wrong with it.
        if broken := [container for container in stack.containers() if container.broken]:
            raise _failure(stack, environment, broken[0]) from error
        raise


def wait(stack: Stack, environment: str, services: Sequence[str] = (), report: Report = silent) -> None:
    """Look until all are well. Raises CommandFailed for one that is broken, TimedOut after HEALTHY_SECONDS."""
    deadline = time.monotonic() + HEALTHY_SECONDS
    said = ""
    while True:
        found = [each for each in stack.containers() if not services or each.service in services]
        for container in found:
            if container.broken:
                raise _failure(stack, environment, container)
        waiting = [container for container in found if not container.healthy]
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


def bring_up(stack: Stack, environment: str, services: Sequence[str], report: Report = silent) -> None:
    """Start services and wait until they are well. Raises as `up` and `wait` do."""
    with step(report, f"start {', '.join(services) or environment}"):
        up(stack, environment, services, report)
        wait(stack, environment, services, report)


def last(output: str) -> str:
    """The last lines of an output: as much as an error shows."""
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
