"""`dockdj terminate [TARGET]`."""

import click

from dockdj.cli.arguments import confirm_target, site_of, yes_option
from dockdj.cli.console import Console
from dockdj.errors import Refused
from dockdj.lifecycle.target import create as use_case


@click.command("terminate", epilog="Example: dockdj terminate local --yes")
@click.argument("target", required=False)
@yes_option
@click.pass_obj
def command(console: Console, target: str | None, yes: bool) -> None:
    """End TARGET's environment and its machines. Versions, images and databases stay."""
    site = site_of(console, target)
    confirm_target(console, site, "terminate it", yes=yes)
    if not site.target.protected and not console.confirm(f"terminate {site.target.environment}?", yes=yes):
        raise Refused("nothing was done: the answer was no")
    ended = use_case.terminate(site.target, site.beanstalk, console.report)
    text = f"{site.target.environment} is terminated" if ended else f"there is no {site.target.environment}"
    console.result("terminate", {"target": site.target.name, "terminated": ended}, text)
