"""`dockdj diff A [B]`."""

from typing import Any

import click

from dockdj.cli.arguments import VersionType, project_of, root_of, site_of, target_option_with
from dockdj.cli.console import Console
from dockdj.cli.views.diff.data import data_of
from dockdj.cli.views.diff.text import as_text
from dockdj.errors import UsageError
from dockdj.lifecycle.diff.diff import Comparison, compare, compare_at
from dockdj.model.version import Version

RUNNING = "running"


class ReleaseType(click.ParamType[Version | str]):
    """A version, or the word `running` for the release that a target runs."""

    name = "release"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Version | str:
        return RUNNING if value == RUNNING else VersionType().convert(value, param, ctx)


RELEASE = ReleaseType()


@click.command("diff", epilog="Example: dockdj diff 1.0.0 1.1.0 · dockdj diff running --to production")
@click.argument("before", type=RELEASE, metavar="A")
@click.argument("after", type=RELEASE, metavar="[B]", required=False)
@target_option_with("With `running`: target in dockdj.toml [default: default_target].")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if they differ.")
@click.pass_context
def command(
    ctx: click.Context,
    before: Version | str,
    after: Version | str | None,
    target_name: str | None,
    markdown: bool,
    exit_code: bool,
) -> None:
    """Compare two releases: packages, configuration, migrations, variables, images, commits.

    Reads only the records in the tags and the commits: no image, no engine, no network. Without B, A is compared with
    the newest release. A or B may be the word `running`, the release that a target runs; only then the target is asked.
    """
    console: Console = ctx.obj
    if markdown and console.as_json:
        raise UsageError("--markdown and --json cannot be given together", hint="dockdj diff A B --markdown")
    comparison = _compared(console, before, after, target_name)
    differs = exit_code and not comparison.empty
    refused = f"{comparison.changes.before} and {comparison.changes.after} differ" if differs else ""
    # Rendering takes as long as the comparison, so only the requested form is rendered.
    data = data_of(comparison) if console.as_json else {}
    console.result("diff", data, lambda: _markdown(comparison) if markdown else as_text(comparison), refused=refused)
    if differs:
        ctx.exit(1)


def _markdown(comparison: Comparison) -> str:
    from dockdj.cli.views.diff.markdown import as_markdown

    return as_markdown(comparison)


def _compared(
    console: Console, before: Version | str, after: Version | str | None, target_name: str | None
) -> Comparison:
    notes: tuple[str, ...] = ()
    if after is None:
        # This import loads the registry client, which no other comparison needs.
        from dockdj.lifecycle.history.newest import released

        after = released(project_of(console))
        notes = (f"{after} is the newest release",)
    if isinstance(before, Version) and isinstance(after, Version):
        if target_name:
            raise UsageError("--to needs the word `running`", hint=f"dockdj diff running {after} --to {target_name}")
        return compare_at(root_of(console), before, after, notes)
    if before == after:
        raise UsageError("A or B must be a version", hint=f"dockdj diff {RUNNING} 1.1.0")
    # AWS's library takes longer to load than everything else here.
    from dockdj.lifecycle.target.running import running

    site = site_of(console, target_name)
    now = running(site)
    notes += (f"{now.target} runs {now.version}", *(f"drift: {difference}" for difference in now.drift))
    first, second = (side if isinstance(side, Version) else now.version for side in (before, after))
    return compare(site.project, first, second, notes)
