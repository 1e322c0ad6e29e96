"""`dockdj export VERSION`."""

import sys

import click

from dockdj.cli.project import VERSION, root_of
from dockdj.cli.render import Console
from dockdj.lifecycle import records
from dockdj.model import cyclonedx
from dockdj.model.version import Version

FORMATS = {"cyclonedx": cyclonedx.encode}


@click.command("export", epilog="Example: dockdj export 1.2.0 > bookshop-1.2.0.cdx.json")
@click.argument("version", type=VERSION)
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="cyclonedx", show_default=True, help="What to write."
)
@click.pass_obj
def command(console: Console, version: Version, form: str) -> None:
    """Print the bill of materials of VERSION, for programs that look for vulnerabilities.

    Made of the record in its tag alone: the same bytes each time.
    """
    sys.stdout.buffer.write(FORMATS[form](records.at(root_of(console), version)))
    sys.stdout.buffer.flush()
