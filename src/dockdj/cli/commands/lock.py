"""`dockdj lock`."""

from dataclasses import asdict

import click

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.lifecycle.project.lock import lock


@click.command("lock", epilog="Example: dockdj lock --upgrade")
@click.option(
    "--upgrade", is_flag=True, help="Resolve to the newest versions that pyproject.toml and package.json allow."
)
@click.pass_obj
def command(console: Console, upgrade: bool) -> None:
    """Resolve pyproject.toml and package.json into the lock files of both environments."""
    files = lock(project_of(console), upgrade=upgrade, report=console.report)
    lines = "\n".join(f"{file.path}  {'changed' if file.changed else 'unchanged'}" for file in files)
    console.result("lock", {"files": [asdict(file) for file in files]}, lines)
