"""`dockdj stop ENV`."""

import click

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.lifecycle.environments import containers


@click.command("stop", epilog="Example: dockdj stop dev")
@click.argument("environment", metavar="ENV")
@click.pass_obj
def command(console: Console, environment: str) -> None:
    """Stop ENV on this machine. Its data, the database's volume, stays."""
    stopped = containers.stop(project_of(console), environment, console.report)
    text = f"stopped: {', '.join(stopped)}" if stopped else f"{environment} was not running"
    console.result("stop", {"environment": environment, "services": list(stopped)}, text)
