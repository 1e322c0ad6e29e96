"""The containers of a release under test: they start, stay, are what was built, and end when they are asked."""

import time
from collections.abc import Collection, Mapping, Sequence

from dockdj.adapters.docker.compose import Container
from dockdj.errors import CommandFailed
from dockdj.events import Output
from dockdj.lifecycle.readiness import HEALTHY_SECONDS, LOOK_SECONDS, last
from dockdj.lifecycle.smoke.checklist import KEPT_LINES, Suite, Wrong
from dockdj.model.smoke.log import complaints

# What has no health check must run that long to count as up.
STAY_SECONDS = 1.0
# A program that catches the signal ends with 0; one that leaves it to the system, with 128 and the signal's number
# (SIGINT 2, SIGQUIT 3, SIGTERM 15). Whoever outlives the grace is killed: 137.
ENDED = (0, 130, 131, 143)
KILLED = 137


def start(suite: Suite, services: Sequence[str], finishing: Collection[str] = ()) -> None:
    """Start services together and wait until they are well. Raises Wrong with the one that is not."""
    try:
        suite.stack.up(services, suite.report)
    except CommandFailed as error:
        broken = [each for each in suite.stack.containers() if each.broken and each.service in services]
        raise Wrong(_condition(broken[0]) if broken else error.message, *(one.service for one in broken[:1])) from error
    deadline = time.monotonic() + HEALTHY_SECONDS
    said = ""
    while waiting := _waiting(suite, services, finishing):
        now = "waiting for " + ", ".join(f"{one.service} ({one.health or one.state})" for one in waiting)
        if time.monotonic() > deadline:
            raise Wrong(f"{now} for {HEALTHY_SECONDS} s", *(one.service for one in waiting))
        if now != said:
            suite.report(Output(said := now))
        time.sleep(LOOK_SECONDS)


def stay(suite: Suite, started: float, finishing: Collection[str] = ()) -> None:
    """See that all that was started is still up, and was not started again. Raises Wrong."""
    unsure = [one for one in suite.stack.containers() if not one.health and one.service not in finishing]
    if unsure:
        time.sleep(max(0.0, started + STAY_SECONDS - time.monotonic()))
    if waiting := _waiting(suite, suite.services, finishing):
        raise Wrong(_condition(waiting[0]), waiting[0].service)
    if again := [one for one in suite.stack.containers() if one.restarts]:
        raise Wrong(f"{again[0].service} ended and was started again", again[0].service)


def same_images(suite: Suite, expected: Mapping[str, str]) -> None:
    """See that each service's container is of the image that was built: service -> the engine's id. Raises Wrong."""
    found = suite.stack.identities()
    for service, image in expected.items():
        if service not in found or found[service].image != image:
            actual = found[service].image[:19] if service in found else "nothing"
            raise Wrong(f"{service} runs {actual}, but {image[:19]} was built")


def quiet(suite: Suite, asked: Collection[str]) -> None:
    """See that no released service reported an error; `asked` are paths that do not exist. Raises Wrong."""
    for service in suite.services:
        lines = suite.stack.last_lines(service, KEPT_LINES).splitlines()
        if found := complaints(lines, expected=asked):
            raise Wrong(f"{service} wrote:\n{found[0]}", service)


def stop(suite: Suite, services: Sequence[str]) -> None:
    """Ask services to end; each must, within its grace, and well. Raises Wrong."""
    suite.stack.stop(services, suite.report)
    for container in suite.stack.containers():
        if container.service in services and container.exit_code not in ENDED:
            how = "was killed: it did not end within its grace" if container.exit_code == KILLED else "did not end well"
            raise Wrong(f"{container.service} {how} (status {container.exit_code})", container.service)


def migrations(suite: Suite, service: str, timeout: float) -> None:
    """See that the release process left no migration. Raises Wrong."""
    done = suite.stack.execute(service, ["python", "manage.py", "migrate", "--check"], timeout=timeout)
    if done.status != 0:
        raise Wrong(f"`migrate --check` says that some are left:\n{last(done.stdout + done.stderr)}")


def _waiting(suite: Suite, services: Sequence[str], finishing: Collection[str]) -> list[Container]:
    """The services that are not well yet. Raises Wrong for one that will not be."""
    found = {each.service: each for each in suite.stack.containers() if each.service in services}
    if absent := [name for name in services if name not in found]:
        raise Wrong(f"{absent[0]} has no container")
    for one in found.values():
        ended = one.state in ("exited", "dead") and not (one.service in finishing and one.exit_code == 0)
        if one.broken or ended:
            raise Wrong(_condition(one), one.service)
    return [one for one in found.values() if not one.healthy and one.state != "exited"]


def _condition(container: Container) -> str:
    if container.state == "running":
        return f"{container.service} is {container.health or container.state}"
    return f"{container.service} is {container.state} (status {container.exit_code})"
