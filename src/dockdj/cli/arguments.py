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
    "--expect", metavar="DIGEST", default="", help="Digest from --plan --json; a different plan is refused."
)
source_option = click.option(
    "--source",
    default="",
    metavar="SOURCE",
    help="Where clones install dockdj from [default: the address that this dockdj was installed from, else its wheel].",
)
yes_option = click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")
no_rollback_option = click.option(
    "--no-rollback",
    cls=AliasedOption,
    aliases=("--no-return",),
    is_flag=True,
    help="Do not roll back if the deployment fails.",
)


def timeout_option(default: float) -> Decorator:
    """Return the option `--timeout SECONDS`, the limit of each wait."""
    return click.option(
        "--timeout",
        type=float,
        metavar="SECONDS",
        default=default,
        help=f"Maximum seconds to wait [default: {default:g}].",
    )


def project_of(console: Console) -> Project:
    """Load the project: the folder of --project, else the nearest one upwards with dockdj.toml."""
    return load(console.project_option or Path.cwd())


def root_of(console: Console) -> Path:
    """Return the project's folder without reading `dockdj.toml`: quicker, and a mistake in the file does no harm."""
    return root(console.project_option or Path.cwd())


def site_of(console: Console, target_name: str | None) -> Site:
    """Connect to a target of the project, by default to its default target."""
    project = project_of(console)
    return site_to(project, target_of(project, target_name))


def site_to(project: Project, target: Target) -> Site:
    """Connect to a target."""
    from dockdj import wiring

    connection = wiring.connect(target)
    return Site(project, target, connection.beanstalk, connection.repository)


def confirm_target(console: Console, target: Target, action: str, *, yes: bool, question: str = "") -> None:
    """Ask for consent: for a protected target by its name to be typed, for another target by the question, if any.

    Raises Refused if the answer is no, and for a protected target without a terminal: silence is not consent.
    """
    if yes:
        return
    if target.protected:
        if not console.interactive:
            raise Refused(
                f"{target.name} is protected, and there is no terminal to confirm that you want to {action}",
                hint="run the command in a terminal, or add --yes",
            )
        typed = click.prompt(f"{target.name} is protected. Type its name to {action}", err=True)
        if typed != target.name:
            raise Refused(f"`{typed}` is not {target.name}: nothing was done")
    elif question and not console.confirm(question, yes=False):
        raise Refused("nothing was done: the answer was no")
