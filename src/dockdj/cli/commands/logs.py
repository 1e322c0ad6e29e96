"""dockdj logs"""

import os
import sys
from typing import TYPE_CHECKING

import click

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.errors import CommandFailed
from dockdj.lifecycle.environments import containers

if TYPE_CHECKING:
    from dockdj.adapters.docker.compose import Stack


@click.command("logs", epilog="Example: dockdj logs dev django --follow")
@click.argument("environment", metavar="ENV")
@click.argument("services", metavar="[SERVICE]", nargs=-1)
@click.option("--follow", is_flag=True, help="Go on until Ctrl-C.")
@click.pass_obj
def command(console: Console, environment: str, services: tuple[str, ...], follow: bool) -> None:
    """Show what the containers of ENV wrote."""
    project = project_of(console)
    stack = containers.running_stack(project, environment)
    wanted = containers.known_services(project, environment, services)
    if console.as_json:
        lines: list[str] = []
        stack.logs(wanted, lines.append)
        console.result("logs", {"lines": lines})
    else:
        show(stack, wanted, follow=follow)


def show(stack: "Stack", services: tuple[str, ...] = (), *, follow: bool, since: str = "") -> None:
    """Logs on stdout: in Compose's colours on a terminal that wants them, else as plain lines."""
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        stack.logs(services, click.echo, follow=follow, since=since)
    elif (status := stack.show_logs(services, follow=follow, since=since)) != 0:
        raise CommandFailed(f"`docker compose logs` ended with status {status}", status=status)
