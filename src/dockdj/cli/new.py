"""dockdj new"""

import json
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from dockdj.cli.render import Console
from dockdj.events import Warned
from dockdj.lifecycle import scaffold

PACKAGE = "dockdj-cli"


@click.command("new", epilog="Example: dockdj new shop --name shop")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", help="The project's name; default: the folder's.")
@click.option("--platform", type=click.Choice(["docker"]), default="docker", show_default=True)
@click.option("--database", type=click.Choice(["postgres"]), default="postgres", show_default=True)
@click.option("--defaults", is_flag=True, help="Ask nothing; take the defaults.")
@click.pass_obj
def command(console: Console, folder: Path, name: str | None, platform: str, database: str, defaults: bool) -> None:
    """Write a new project into DIR: recipe, Git repository, first commit, secrets of this machine."""
    answers = scaffold.Answers(
        name if name is not None else scaffold.name_for(folder), platform, database, source=installed_source()
    )
    made = scaffold.new(folder, answers, console.report)
    if made.neutral_author:
        console.report(Warned("Git does not know you: the first commit's author is Dockdj <dockdj@localhost>"))
    steps = [
        f"cd {folder}",
        "dockdj start dev             development, live code",
        "dockdj image build prod      production images, checks and tests inside",
        "dockdj start prod            production on this machine",
        "dockdj release 1.0.0         the first release",
    ]
    data: dict[str, Any] = {"project": str(made.root), "name": made.name, "commit": made.commit}
    console.result("new", data, f"{made.name} is in {folder}. Next:\n" + "\n".join(f"  {line}" for line in steps))


def installed_source() -> str:
    """Where this dockdj was installed from, for the project's other machines: the package, an address or a folder."""
    try:
        recorded = metadata.distribution(PACKAGE).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        recorded = None
    if recorded is None:
        return PACKAGE
    return source_of(json.loads(recorded))


def source_of(direct_url: dict[str, Any]) -> str:
    """What `uv` installs again, from the record that installers leave (PyPA, direct URL data structure)."""
    url = str(direct_url["url"])
    if "vcs_info" in direct_url:
        return f"git+{url}@{direct_url['vcs_info']['commit_id']}"
    return url.removeprefix("file://")
