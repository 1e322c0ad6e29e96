"""dockdj manage"""

import click

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.cli.one_off_process import finish
from dockdj.lifecycle.environments import processes


@click.command("manage", epilog="Example: dockdj manage dev -- makemigrations")
@click.argument("environment", metavar="ENV")
@click.argument("arguments", metavar="-- ARGS...", nargs=-1, required=True)
@click.pass_context
def command(ctx: click.Context, environment: str, arguments: tuple[str, ...]) -> None:
    """Run a management command of Django in ENV; files that it makes in development are yours.

    Its exit code is ours. Builds and starts what it needs and is not there; that keeps running: `stop ENV` ends it.
    """
    console: Console = ctx.obj
    place = processes.prepare(project_of(console), environment, console.report)
    ctx.exit(finish(console, "manage", place, processes.management(arguments)))
