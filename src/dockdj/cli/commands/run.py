"""`dockdj run ENV -- COMMAND...`."""

import click

from dockdj.cli.console import Console
from dockdj.cli.one_off_process import in_application
from dockdj.lifecycle.environments import processes


@click.command("run", epilog="Example: dockdj run dev -- python -c 'import django; print(django.VERSION)'")
@click.argument("environment", metavar="ENV")
@click.argument("program", metavar="-- COMMAND...", nargs=-1, required=True)
@click.pass_context
def command(ctx: click.Context, environment: str, program: tuple[str, ...]) -> None:
    """Run a program in a new container of ENV's application, with its image, variables and network.

    Exits with the program's exit code. Builds and starts missing services that the program needs; they keep running
    until `stop ENV`.
    """
    console: Console = ctx.obj
    ctx.exit(in_application(console, "run", environment, processes.program, program))
