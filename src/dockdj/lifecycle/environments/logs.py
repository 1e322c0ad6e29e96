"""Logs of an environment's containers on this machine."""

from collections.abc import Callable

from dockdj.errors import CommandFailed
from dockdj.lifecycle.environments import containers
from dockdj.model.project.project import Project


def read(
    project: Project,
    environment: str,
    services: tuple[str, ...],
    receive: Callable[[str], None],
    *,
    follow: bool = False,
    new: bool = False,
) -> None:
    """Pass each log line of some services (none named: all) to `receive`; with `follow`, until they end; with `new`, no
    earlier line.

    Raises UsageError for an unknown environment or service, MissingTool without an engine.
    """
    stack = containers.running_stack(project, environment)
    containers.known_services(project, environment, services)
    stack.logs(services, receive, follow=follow, new=new)


def show(
    project: Project, environment: str, services: tuple[str, ...] = (), *, follow: bool = False, new: bool = False
) -> None:
    """Show the logs on this terminal, in Compose's colours. Raises as `read`, and CommandFailed if Compose fails."""
    stack = containers.running_stack(project, environment)
    containers.known_services(project, environment, services)
    if (status := stack.show_logs(services, follow=follow, new=new)) != 0:
        raise CommandFailed(f"`docker compose logs` ended with status {status}", status=status)
