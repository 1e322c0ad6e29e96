"""`dockdj pin`."""

from dataclasses import asdict

import click

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.lifecycle.project.pin import pin


@click.command("pin", epilog="Example: dockdj pin && git add --all dockdj.toml bin vendor")
@click.option(
    "--source",
    default="",
    metavar="SOURCE",
    help="Where clones install dockdj from [default: the Git or file address of this one, else its wheel].",
)
@click.pass_obj
def command(console: Console, source: str) -> None:
    """Pin the project to the running dockdj: its version, its source and the files that install it."""
    pinned = pin(project_of(console), source)
    lines = [f"dockdj {pinned.dockdj}, from {pinned.source}"]
    lines += [f"  {path}  written" for path in pinned.written]
    lines += [f"  {path}  removed" for path in pinned.removed]
    lines.append("commit it: git add --all dockdj.toml bin vendor && git commit")
    console.result("pin", asdict(pinned), "\n".join(lines))
