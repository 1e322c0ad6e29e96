"""`dockdj dockerrun [--check]`."""

import click

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.lifecycle.bundle import dockerrun as use_case
from dockdj.model.dockerrun.document import DOCKERRUN_NAME


@click.command("dockerrun", epilog="Example: dockdj dockerrun --check")
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; fail with the difference if the file is out of date."
)
@click.pass_obj
def command(console: Console, only_check: bool) -> None:
    """Write Dockerrun.aws.json, which the ECS platform reads, from production's compose file."""
    project = project_of(console)
    if only_check:
        needed = use_case.check(project)
        state = "is up to date" if needed else "is not needed: no target runs on ECS"
        console.result("dockerrun", {"file": DOCKERRUN_NAME, "changed": False}, f"{DOCKERRUN_NAME} {state}")
        return
    changed = use_case.write(project)
    text = f"{DOCKERRUN_NAME} {'written: commit it' if changed else 'is up to date'}"
    console.result("dockerrun", {"file": DOCKERRUN_NAME, "changed": changed}, text)
