"""`dockdj verify VERSION`."""

from collections import Counter
from dataclasses import asdict

import click

from dockdj.cli.arguments import VERSION, project_of, site_of, target_option
from dockdj.cli.console import Console
from dockdj.lifecycle.verify import verify as use_case
from dockdj.lifecycle.verify.verify import Verified
from dockdj.model.project.project import target_of
from dockdj.model.verify.finding import SAME, Finding, exit_code
from dockdj.model.version import Version

WIDTH = 10


@click.command("verify", epilog="Example: dockdj verify 1.2.0 --to production")
@click.argument("version", type=VERSION)
@target_option
@click.pass_context
def command(ctx: click.Context, version: Version, target_name: str | None) -> None:
    """Recompute VERSION's digests in every place, Git, registry and Elastic Beanstalk, and name each difference.

    Ends with 1 when something differs, with 5 when a place does not answer. Nothing is changed.
    """
    from dockdj import wiring

    console: Console = ctx.obj
    project = project_of(console)
    target = target_of(project, target_name)
    found = use_case.verify(
        project, version, target, wiring.repository_of, lambda one: site_of(console, one.name), console.report
    )
    data = {
        "version": str(version),
        "target": target.name,
        "digest": found.digest or None,
        "equal": exit_code(found.findings) == SAME,
        "places": [asdict(finding) for finding in found.findings],
    }
    console.result("verify", data, lambda: as_text(found))
    ctx.exit(exit_code(found.findings))


def as_text(found: Verified) -> str:
    """What was found for people: the counts first, then one line a place, more when several things differ in one."""
    counts = Counter(finding.state for finding in found.findings)
    summary = ", ".join(f"{count} {state}" for state, count in counts.items())
    return "\n".join([f"{found.version}: {summary}", *(line for one in found.findings for line in _lines(one))])


def _lines(finding: Finding) -> list[str]:
    head = f"  {finding.state:<{WIDTH}} {finding.place}"
    if len(finding.details) < 2:
        return [": ".join([head, *finding.details])]
    return [head, *(f"  {'':<{WIDTH}}   {detail}" for detail in finding.details)]
