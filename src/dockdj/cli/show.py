"""`dockdj show VERSION`."""

import sys

import click

from dockdj.cli.project import VERSION, project_of
from dockdj.cli.render import Console
from dockdj.lifecycle import records
from dockdj.model.version import Version


@click.command("show", epilog="Example: dockdj show 1.2.0 | sha256sum")
@click.argument("version", type=VERSION)
@click.pass_obj
def command(console: Console, version: Version) -> None:
    """Print the release record of VERSION as stored, byte for byte: its sha256 is its digest."""
    release = records.find(project_of(console), version)
    sys.stdout.buffer.write(release.content)
    sys.stdout.buffer.flush()
