"""dockdj image"""

from dataclasses import asdict

import click

from dockdj.cli.project import project_of
from dockdj.cli.render import Console
from dockdj.lifecycle import image


@click.group("image")
def command() -> None:
    """This project's images, by environment."""


@command.command("build", epilog="Example: dockdj image build prod")
@click.argument("environment", metavar="ENV")
@click.pass_obj
def build(console: Console, environment: str) -> None:
    """Build the images of ENV from the working tree; production's checks and tests run inside."""
    built = image.build(project_of(console), environment, console.report)
    lines = [f"{each.tag}  {each.config}" for each in built]
    console.result("image build", {"images": [asdict(each) for each in built]}, "\n".join(lines))
