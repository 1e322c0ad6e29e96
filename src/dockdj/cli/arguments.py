"""What most verbs need: the project, a target with what reaches it, and a version typed on the command line."""

from pathlib import Path
from typing import Any

import click

from dockdj.cli.console import Console
from dockdj.errors import Refused
from dockdj.lifecycle.project.load import load, root
from dockdj.lifecycle.target.target import Site
from dockdj.model import version as versions
from dockdj.model.project.project import Project, target_of
from dockdj.model.version import Version


class VersionType(click.ParamType[Version]):
    """MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH+stack.N."""

    name = "version"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Version:
        return value if isinstance(value, Version) else versions.parse(str(value))


VERSION = VersionType()


def project_of(console: Console) -> Project:
    """The project the command works on: --project, or the nearest one upwards."""
    return load(console.project_option or Path.cwd())


def root_of(console: Console) -> Path:
    """Its folder, for what needs no more: quicker, and a mistake in `dockdj.toml` does not stop it."""
    return root(console.project_option or Path.cwd())


def site_of(console: Console, target_name: str | None) -> Site:
    """A target, reached."""
    from dockdj import wiring

    project = project_of(console)
    target = target_of(project, target_name)
    connection = wiring.connect(target)
    return Site(project, target, connection.beanstalk, connection.repository)


def confirm_target(console: Console, site: Site, action: str, *, yes: bool) -> None:
    """A protected target asks for its name, unless --yes is given or nobody is there to answer."""
    if not site.target.protected or yes or not console.interactive:
        return
    typed = click.prompt(f"{site.target.name} is protected. Type its name to {action}", err=True)
    if typed != site.target.name:
        raise Refused(f"`{typed}` is not {site.target.name}: nothing was done")
