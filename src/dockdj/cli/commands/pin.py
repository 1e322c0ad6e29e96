"""`dockdj pin`."""

from dataclasses import asdict

import click

from dockdj.cli.arguments import project_of, source_option
from dockdj.cli.console import Console
from dockdj.lifecycle.project.pin import pin


@click.command("pin", epilog="Example: dockdj pin && git add --all dockdj.toml bin vendor")
@source_option
@click.pass_obj
def command(console: Console, source: str) -> None:
    """Pin the project to the running dockdj: its version, its source and the files that install it."""
    pinned = pin(project_of(console), source)
    lines = [f"dockdj {pinned.dockdj}, from {pinned.source}"]
    lines += [f"  {path}  written" for path in pinned.written]
    lines += [f"  {path}  removed" for path in pinned.removed]
    lines.append("commit it: git add --all dockdj.toml bin vendor && git commit")
    console.result("pin", asdict(pinned), "\n".join(lines))
