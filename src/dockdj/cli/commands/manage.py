"""`dockdj manage ENV -- ARGS...`."""

import click

from dockdj.cli.console import Console
from dockdj.cli.one_off_process import in_application
from dockdj.lifecycle.environments import processes


@click.command("manage", epilog="Example: dockdj manage dev -- makemigrations")
@click.argument("environment", metavar="ENV")
@click.argument("arguments", metavar="-- ARGS...", nargs=-1, required=True)
@click.pass_context
def command(ctx: click.Context, environment: str, arguments: tuple[str, ...]) -> None:
    """Run a Django management command in ENV. You own the files that it writes in development.

    Exits with the command's exit code. Builds and starts missing services that the command needs; they keep running
    until `stop ENV`.
    """
    console: Console = ctx.obj
    ctx.exit(in_application(console, "manage", environment, processes.management, arguments))
