"""`dockdj terminate [TARGET]`."""

import click

from dockdj.cli.arguments import confirm_target, site_of, yes_option
from dockdj.cli.console import Console
from dockdj.lifecycle.target import create as use_case


@click.command("terminate", epilog="Example: dockdj terminate local --yes")
@click.argument("target", required=False)
@yes_option
@click.pass_obj
def command(console: Console, target: str | None, yes: bool) -> None:
    """Terminate TARGET's environment and its instances. Versions, images and databases stay."""
    site = site_of(console, target)
    name = site.target.environment
    confirm_target(console, site.target, "terminate it", yes=yes, question=f"terminate {name}?")
    terminated = use_case.terminate(site, console.report)
    text = f"{name} is terminated" if terminated else f"there is no {name}"
    console.result("terminate", {"target": site.target.name, "terminated": terminated}, text)
