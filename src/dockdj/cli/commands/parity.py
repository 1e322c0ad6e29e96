"""`dockdj parity [ENV_A ENV_B]`."""

import click

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.cli.views.parity import as_data, as_text
from dockdj.errors import UsageError
from dockdj.lifecycle import parity
from dockdj.model.project.recipe import DEVELOPMENT, PRODUCTION


@click.command("parity", epilog="Example: dockdj parity · dockdj parity staging prod --no-build")
@click.argument("environments", nargs=-1, metavar="[ENV_A ENV_B]")
@click.option("--no-build", is_flag=True, help="Compare the existing images, however old.")
@click.pass_context
def command(ctx: click.Context, environments: tuple[str, ...], no_build: bool) -> None:
    """Compare two environments [default: dev prod]: images, compose files, Procfiles and contracts.

    Builds the images of both first, with the build cache. Exits with 1 if they differ in something that
    [parity.allow] in dockdj.toml does not declare.
    """
    console: Console = ctx.obj
    if len(environments) not in (0, 2):
        raise UsageError("parity compares exactly two environments", hint="dockdj parity dev prod")
    first, second = environments or (DEVELOPMENT, PRODUCTION)
    result = parity.compare(project_of(console), first, second, console.report, build=not no_build)
    refused = f"{first} and {second} have undeclared differences" if result.undeclared else ""
    console.result("parity", as_data(result), lambda: as_text(result), refused=refused)
    if refused:
        ctx.exit(1)
