"""Checks of the containers of a release under test: start, stay up, run the built images, log no errors, stop."""

import time
from collections.abc import Collection, Mapping, Sequence

from dockdj.adapters.docker.compose import Container
from dockdj.errors import CommandFailed
from dockdj.lifecycle.readiness import HEALTHY_SECONDS, Waiting, last, still_waiting, waiting_for
from dockdj.lifecycle.smoke.checklist import KEPT_LINES, CheckFailed, Suite
from dockdj.model.project.layout import Application
from dockdj.model.smoke.log import error_lines

# A container without a health check must run this long to count as up.
STAY_SECONDS = 1.0
# A program that catches the signal ends with 0. Without a handler, the status is 128 plus the signal's number
# (SIGINT 2, SIGQUIT 3, SIGTERM 15). A container that outlives its grace period is killed: 137.
ENDED = (0, 130, 131, 143)
KILLED = 137


def start(suite: Suite, services: Sequence[str], finishing: Collection[str] = ()) -> None:
    """Start services together and wait until they are healthy. Raises CheckFailed with a service that is not."""
    try:
        suite.stack.up(services, suite.report)
    except CommandFailed as error:
        broken = [each for each in suite.stack.containers() if each.broken and each.service in services]
        reason = _condition(broken[0]) if broken else error.message
        raise CheckFailed(reason, *(container.service for container in broken[:1])) from error
    waiting = still_waiting(
        lambda: [Waiting.of(container) for container in _waiting(suite, services, finishing)], suite.report
    )
    if waiting:
        raise CheckFailed(f"{waiting_for(waiting)} for {HEALTHY_SECONDS} s", *(each.service for each in waiting))


def stay(suite: Suite, started: float, finishing: Collection[str] = ()) -> None:
    """Check that every started container is still up, and was never restarted. Raises CheckFailed."""
    unchecked = [each for each in suite.stack.containers() if not each.health and each.service not in finishing]
    if unchecked:
        time.sleep(max(0.0, started + STAY_SECONDS - time.monotonic()))
    if waiting := _waiting(suite, suite.services, finishing):
        raise CheckFailed(_condition(waiting[0]), waiting[0].service)
    if restarted := [each for each in suite.stack.containers() if each.restarts]:
        raise CheckFailed(f"{restarted[0].service} ended and was restarted", restarted[0].service)


def same_images(suite: Suite, expected: Mapping[str, str]) -> None:
    """Check that each service's container runs the built image: service -> the engine's id. Raises CheckFailed."""
    identities = suite.stack.identities()
    for service, image in expected.items():
        if service not in identities or identities[service].image != image:
            actual = identities[service].image[:19] if service in identities else "nothing"
            raise CheckFailed(f"{service} runs {actual}, but {image[:19]} was built")


def quiet(suite: Suite, missing: Collection[str]) -> None:
    """Check that no released service logged an error; `missing` are paths that were requested and do not exist.

    Raises CheckFailed.
    """
    for service in suite.services:
        lines = suite.stack.last_lines(service, KEPT_LINES).splitlines()
        if errors := error_lines(lines, expected=missing):
            raise CheckFailed(f"{service} wrote:\n{errors[0]}", service)


def stop(suite: Suite, services: Sequence[str]) -> None:
    """Stop services; each must end within its grace period and without an error. Raises CheckFailed."""
    suite.stack.stop(services, suite.report)
    for container in suite.stack.containers():
        if container.service in services and container.exit_code not in ENDED:
            killed = container.exit_code == KILLED
            outcome = "was killed: it did not end within its grace period" if killed else "ended with an error"
            raise CheckFailed(f"{container.service} {outcome} (status {container.exit_code})", container.service)


def migrations(suite: Suite, application: Application, timeout: float) -> None:
    """Check that the release process applied every migration. Raises CheckFailed."""
    result = suite.stack.execute(application.service, [*application.manage, "migrate", "--check"], timeout=timeout)
    if result.status != 0:
        raise CheckFailed(f"`migrate --check` reports unapplied migrations:\n{last(result.stdout + result.stderr)}")


def _waiting(suite: Suite, services: Sequence[str], finishing: Collection[str]) -> list[Container]:
    """The containers that are not healthy yet. Raises CheckFailed for a container that is broken or ended."""
    containers = {each.service: each for each in suite.stack.containers() if each.service in services}
    if absent := [name for name in services if name not in containers]:
        raise CheckFailed(f"{absent[0]} has no container")
    for container in containers.values():
        finished = container.service in finishing and container.exit_code == 0
        ended = container.state in ("exited", "dead") and not finished
        if container.broken or ended:
            raise CheckFailed(_condition(container), container.service)
    return [each for each in containers.values() if not each.healthy and each.state != "exited"]


def _condition(container: Container) -> str:
    if container.state == "running":
        return f"{container.service} is {container.health or container.state}"
    return f"{container.service} is {container.state} (status {container.exit_code})"
