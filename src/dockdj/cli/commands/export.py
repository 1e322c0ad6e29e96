"""`dockdj export VERSION`."""

import sys

import click

from dockdj.cli.arguments import VERSION, root_of
from dockdj.cli.console import Console
from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.bom import cyclonedx
from dockdj.model.version import Version

FORMATS = {"cyclonedx": cyclonedx.encode}


@click.command("export", epilog="Example: dockdj export 1.2.0 > bookshop-1.2.0.cdx.json")
@click.argument("version", type=VERSION)
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="cyclonedx", show_default=True, help="Output format."
)
@click.pass_obj
def command(console: Console, version: Version, form: str) -> None:
    """Print the bill of materials of VERSION, for vulnerability scanners.

    Only the record in the tag is read, so the bytes are the same each time.
    """
    sys.stdout.buffer.write(FORMATS[form](release_tags.at(root_of(console), version)))
    sys.stdout.buffer.flush()
