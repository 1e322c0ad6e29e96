"""`dockdj new DIR`."""

from pathlib import Path
from typing import Any

import click

from dockdj.cli.arguments import source_option
from dockdj.cli.console import Console
from dockdj.events import Warned
from dockdj.lifecycle.project import new

# A change in this file shows on the first page.
FIRST_EDIT = "app/apps/webroot/views.py"


@click.command("new", epilog="Example: dockdj new shop --name shop")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", help="Project name [default: the folder's].")
@click.option(
    "--platform",
    type=click.Choice(["docker", "ecs"]),
    default="docker",
    show_default=True,
    help="Elastic Beanstalk platform.",
)
@click.option(
    "--database",
    type=click.Choice(["postgres", "sqlite"]),
    default="postgres",
    show_default=True,
    help="Database of development; production always has Postgres.",
)
@source_option
@click.option("--defaults", is_flag=True, help="Ask nothing; use the defaults.")
@click.pass_obj
def command(
    console: Console, folder: Path, name: str | None, platform: str, database: str, source: str, defaults: bool
) -> None:
    """Write a new project into DIR: the recipe, a Git repository, the first commit and generated secrets."""
    answers = new.Answers(name if name is not None else new.name_for(folder), platform, database, source=source)
    project = new.new(folder, answers, console.report)
    if project.neutral_author:
        console.report(
            Warned("Git has no user.name and user.email: the first commit's author is Dockdj <dockdj@localhost>")
        )
    steps = [
        f"cd {folder}",
        "dockdj start dev             development, live code; follows the logs (--detach: returns)",
        f"                             edit {FIRST_EDIT} and look again",
        "dockdj image build prod      production images, checks and tests inside",
        "dockdj start prod --detach   production on this machine",
        "git commit -a                a release is built from a commit",
        "dockdj release 1.0.0         the first release; README.md says how it is deployed",
    ]
    data: dict[str, Any] = {"project": str(project.root), "name": project.name, "commit": project.commit}
    console.result("new", data, f"{project.name} is in {folder}. Next:\n" + "\n".join(f"  {line}" for line in steps))
