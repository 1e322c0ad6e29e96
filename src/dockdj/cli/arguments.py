"""Arguments and options that several commands share, and the project or target that they name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from dockdj.cli.console import Console
from dockdj.errors import Refused
from dockdj.lifecycle.project.load import load, root
from dockdj.lifecycle.target.target import Site
from dockdj.model import version as versions
from dockdj.model.project.project import Project, Target, target_of
from dockdj.model.version import Version


class VersionType(click.ParamType[Version]):
    """MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH+stack.N."""

    name = "version"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Version:
        return value if isinstance(value, Version) else versions.parse(str(value))


VERSION = VersionType()
Decorated = TypeVar("Decorated", bound=Callable[..., Any] | click.Command)


class Decorator(Protocol):
    """A decorator that leaves a command's type as it is."""

    def __call__(self, command: Decorated, /) -> Decorated: ...


class AliasedOption(click.Option):
    """An option with former names, which still work and are absent from help."""

    def __init__(self, *declarations: Any, aliases: tuple[str, ...] = (), **settings: Any):
        super().__init__(*declarations, **settings)
        self.aliases = aliases

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        documented = self.opts
        for names in (documented, list(self.aliases)):
            self.opts = names
            super().add_to_parser(parser, ctx)
        self.opts = documented


def target_option_with(text: str, *, aliases: tuple[str, ...] = ()) -> Decorator:
    """Return the option `--to TARGET` with another help text, for a command that has no default target."""
    return click.option("--to", "target_name", cls=AliasedOption, aliases=aliases, metavar="TARGET", help=text)


# A shared option has one name, one meaning and one help text in all commands.
target_option = target_option_with("Target in dockdj.toml [default: default_target].")
plan_option = click.option("--plan", "plan_only", is_flag=True, help="Print the plan and stop.")
expect_option = click.option(
    "--expect", metavar="DIGEST", default="", help="Refuse unless the plan has this digest, which --plan printed."
)
