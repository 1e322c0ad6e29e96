"""`dockdj shell ENV [SERVICE]`."""

import click

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.errors import UsageError
from dockdj.lifecycle.environments import containers, processes


@click.command("shell", epilog="Example: dockdj shell dev")
@click.argument("environment", metavar="ENV")
@click.argument("service", metavar="[SERVICE]", required=False)
@click.pass_context
def command(ctx: click.Context, environment: str, service: str | None) -> None:
    """Open a shell in SERVICE's container [default: the application's].

    If the container does not run, the shell opens in a new container of the same service.
    """
    console: Console = ctx.obj
    if console.as_json:
        raise UsageError("a shell has no JSON output", hint=f"dockdj run {environment} --json -- COMMAND")
    project = project_of(console)
    service = service or project.application.service
    containers.stack_of(project, environment)
    containers.known_services(project, environment, (service,))
    place = processes.prepare(project, environment, console.report)
    ctx.exit(processes.shell(place, service, terminal=console.terminal))
