"""What the containers of an environment on this machine wrote."""

from collections.abc import Callable

from dockdj.errors import CommandFailed
from dockdj.lifecycle.environments import containers
from dockdj.model.project.project import Project


def read(
    project: Project,
    environment: str,
    services: tuple[str, ...],
    hear: Callable[[str], None],
    *,
    follow: bool = False,
    since: str = "",
) -> None:
    """Hand over each line that some services wrote (none named: all); with `follow`, until they end.

    Raises UsageError for an unknown environment or service, MissingTool without an engine.
    """
    stack = containers.running_stack(project, environment)
    containers.known_services(project, environment, services)
    stack.logs(services, hear, follow=follow, since=since)


def show(
    project: Project, environment: str, services: tuple[str, ...] = (), *, follow: bool = False, since: str = ""
) -> None:
    """As `read`, on this process's terminal, in Compose's colours. Raises CommandFailed when Compose fails."""
    stack = containers.running_stack(project, environment)
    containers.known_services(project, environment, services)
    if (status := stack.show_logs(services, follow=follow, since=since)) != 0:
        raise CommandFailed(f"`docker compose logs` ended with status {status}", status=status)
