"""dockdj new"""

from pathlib import Path
from typing import Any

import click

from dockdj.cli.console import Console
from dockdj.events import Warned
from dockdj.lifecycle.project import new

# Where the first change shows.
FIRST = "app/apps/webroot/views.py"


@click.command("new", epilog="Example: dockdj new shop --name shop")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", help="The project's name; default: the folder's.")
@click.option("--platform", type=click.Choice(["docker", "ecs"]), default="docker", show_default=True)
@click.option(
    "--database",
    type=click.Choice(["postgres", "sqlite"]),
    default="postgres",
    show_default=True,
    help="Development's; production has Postgres.",
)
@click.option(
    "--source",
    default=new.PACKAGE,
    show_default=True,
    help="What installs dockdj: a package, a Git address or a folder.",
)
@click.option("--defaults", is_flag=True, help="Ask nothing; take the defaults.")
@click.pass_obj
def command(
    console: Console, folder: Path, name: str | None, platform: str, database: str, source: str, defaults: bool
) -> None:
    """Write a new project into DIR: recipe, Git repository, first commit, secrets of this machine."""
    answers = new.Answers(name if name is not None else new.name_for(folder), platform, database, source=source)
    made = new.new(folder, answers, console.report)
    if made.neutral_author:
        console.report(Warned("Git does not know you: the first commit's author is Dockdj <dockdj@localhost>"))
    steps = [
        f"cd {folder}",
        "dockdj start dev             development, live code; keeps the terminal (--detach: not)",
        f"                             edit {FIRST} and look again",
        "dockdj image build prod      production images, checks and tests inside",
        "dockdj start prod --detach   production on this machine",
        "git commit -a                a release is made of a commit",
        "dockdj release 1.0.0         the first release; README.md says how it is deployed",
    ]
    data: dict[str, Any] = {"project": str(made.root), "name": made.name, "commit": made.commit}
    console.result("new", data, f"{made.name} is in {folder}. Next:\n" + "\n".join(f"  {line}" for line in steps))
