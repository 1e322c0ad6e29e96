"""`dockdj assets ENV`."""

import click

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.cli.one_off_process import finish
from dockdj.lifecycle.environments import processes


@click.command("assets", epilog="Example: dockdj assets dev")
@click.argument("environment", metavar="ENV")
@click.pass_context
def command(ctx: click.Context, environment: str) -> None:
    """Build the frontend of ENV into app/build.

    Development's is plain, with source maps. Production's is minified, as in a release; production images build their
    copy themselves.
    """
    console: Console = ctx.obj
    project = project_of(console)
    tools = processes.assets_environment(project, environment)
    place = processes.prepare(project, tools, console.report, backing=False)
    process = processes.assets(project, production=not processes.is_development(project, environment))
    status = finish(console, "assets", place, process)
    ctx.exit(int(status != 0))
