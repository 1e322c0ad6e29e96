"""`dockdj show VERSION`."""

import sys

import click

from dockdj.cli.arguments import VERSION, root_of
from dockdj.cli.console import Console
from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.release.validation import SCHEMA_FILE
from dockdj.model.version import Version


def _print_schema(ctx: click.Context, param: click.Parameter, asked: bool) -> None:
    if asked:
        sys.stdout.buffer.write(SCHEMA_FILE.read_bytes())
        sys.stdout.buffer.flush()
        ctx.exit()


@click.command("show", epilog="Example: dockdj show 1.2.0 | sha256sum")
@click.argument("version", type=VERSION)
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON Schema of release records; needs no VERSION.",
)
@click.pass_obj
def command(console: Console, version: Version) -> None:
    """Print the release record of VERSION as stored, byte for byte.

    The SHA-256 of the output is the record's digest.
    """
    release = release_tags.at(root_of(console), version)
    sys.stdout.buffer.write(release.content)
    sys.stdout.buffer.flush()
