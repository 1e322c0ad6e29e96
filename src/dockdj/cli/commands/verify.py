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
    """Recompute VERSION's digests in Git, registry and Elastic Beanstalk, and name each difference.

    Exits with 1 if something differs, with 5 if a place does not answer. Nothing is changed.
    """
    from dockdj import wiring

    console: Console = ctx.obj
    project = project_of(console)
    target = target_of(project, target_name)
    verified = use_case.verify(
        project, version, target, wiring.repository_of, lambda asked: site_of(console, asked.name), console.report
    )
    data = {
        "version": str(version),
        "target": target.name,
        "digest": verified.digest or None,
        "equal": exit_code(verified.findings) == SAME,
        "places": [asdict(finding) for finding in verified.findings],
    }
    console.result("verify", data, lambda: as_text(verified))
    ctx.exit(exit_code(verified.findings))


def as_text(verified: Verified) -> str:
    """Return the counts, then a line for each place and for each difference in a place."""
    counts = Counter(finding.state for finding in verified.findings)
    summary = ", ".join(f"{count} {state}" for state, count in counts.items())
    return "\n".join(
        [f"{verified.version}: {summary}", *(line for finding in verified.findings for line in _lines(finding))]
    )


def _lines(finding: Finding) -> list[str]:
    head = f"  {finding.state:<{WIDTH}} {finding.place}"
    if len(finding.details) < 2:
        return [": ".join([head, *finding.details])]
    return [head, *(f"  {'':<{WIDTH}}   {detail}" for detail in finding.details)]
