"""`dockdj logs ENV [SERVICE]`."""

import os
import sys

import click

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.lifecycle.environments import logs
from dockdj.model.project.project import Project


@click.command("logs", epilog="Example: dockdj logs dev django --follow")
@click.argument("environment", metavar="ENV")
@click.argument("services", metavar="[SERVICE]", nargs=-1)
@click.option("--follow", is_flag=True, help="Keep following until Ctrl-C.")
@click.pass_obj
def command(console: Console, environment: str, services: tuple[str, ...], follow: bool) -> None:
    """Show the logs of the containers of ENV."""
    project = project_of(console)
    if console.as_json:
        lines: list[str] = []
        logs.read(project, environment, services, lines.append)
        console.result("logs", {"lines": lines})
    else:
        show(project, environment, services, follow=follow)


def show(
    project: Project, environment: str, services: tuple[str, ...] = (), *, follow: bool, new: bool = False
) -> None:
    """Print logs on stdout: in Compose's colours on a terminal without NO_COLOR, else as plain lines."""
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        logs.read(project, environment, services, click.echo, follow=follow, new=new)
    else:
        logs.show(project, environment, services, follow=follow, new=new)
