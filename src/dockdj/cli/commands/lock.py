"""dockdj lock"""

from dataclasses import asdict

import click

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.lifecycle.project.lock import lock


@click.command("lock", epilog="Example: dockdj lock --upgrade")
@click.option("--upgrade", is_flag=True, help="The newest versions that pyproject.toml and package.json allow.")
@click.pass_obj
def command(console: Console, upgrade: bool) -> None:
    """Resolve pyproject.toml and package.json into the lock files of both environments."""
    found = lock(project_of(console), upgrade=upgrade, report=console.report)
    lines = "\n".join(f"{each.path}  {'changed' if each.changed else 'as it was'}" for each in found)
    console.result("lock", {"files": [asdict(each) for each in found]}, lines)
