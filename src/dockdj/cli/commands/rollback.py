"""`dockdj rollback [VERSION]`."""

import click

from dockdj.cli.arguments import VERSION, confirm_target, site_of
from dockdj.cli.commands.deploy import deployed_data, deployed_text, lost_data, lost_text, plan_data, warn_of_losses
from dockdj.cli.console import Console
from dockdj.cli.views.diff.text import as_text
from dockdj.errors import DockdjError, Refused
from dockdj.lifecycle.deploy import deploy as deployment
from dockdj.lifecycle.deploy import preflight
from dockdj.lifecycle.deploy import rollback as use_case
from dockdj.lifecycle.deploy.downgrades import against_running
from dockdj.lifecycle.diff.diff import compare
from dockdj.lifecycle.history import log
from dockdj.lifecycle.target import status as state
from dockdj.lifecycle.target.target import Site
from dockdj.model.version import Version, attempt


@click.command("rollback", epilog="Example: dockdj rollback --to production")
@click.argument("version", type=VERSION, required=False)
@click.option("--to", "target_name", metavar="TARGET", help="The target; without it the default one.")
@click.option("--plan", "plan_only", is_flag=True, help="Print what would change and be done, and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--timeout", type=float, default=deployment.TIMEOUT_SECONDS, show_default=True, help="Seconds to wait.")
@click.pass_obj
def command(
    console: Console, version: Version | None, target_name: str | None, plan_only: bool, yes: bool, timeout: float
) -> None:
    """Return a target to an earlier release: application, stack and plain configuration together.

    Without VERSION: the release that ran well here before. Nothing is built. The database is not changed.
    """
    site = site_of(console, target_name)
    running = state.status(site.target, site.beanstalk).version
    events = log.read(site.project, site.target.name, console.report)
    chosen = version or use_case.choose(events, running, site.target.name)
    prepared = deployment.prepare(site, chosen, console.report)
    changes = against_running(site, prepared)
    if prepared.plan.steps:
        preflight.require_architecture(site.target, prepared.release)
    if plan_only:
        shown = (_reverse(site, running, chosen), lost_text(changes), str(prepared.plan))
        console.result("rollback", plan_data(prepared, changes), "\n\n".join(part for part in shown if part))
        return
    if prepared.plan.steps:
        if console.interactive and not yes:
            click.echo(_reverse(site, running, chosen), err=True)
        warn_of_losses(console, changes)
        confirm_target(console, site, f"roll back to {chosen}", yes=yes)
        question = f"roll {site.target.name} back from {running or 'nothing'} to {chosen}?"
        if not site.target.protected and not console.confirm(question, yes=yes):
            raise Refused("nothing was done: the answer was no")
    done = deployment.deploy(site, prepared, console.report, what="rolled back", timeout=timeout)
    data = {**deployed_data(site.target.name, done), **lost_data(changes)}
    console.result("rollback", data, deployed_text(site.target.name, done))


def _reverse(site: Site, running: str, chosen: Version) -> str:
    """What going back changes; a rollback must not fail because the two cannot be compared here."""
    current = attempt(running)
    try:
        return as_text(compare(site.project, current, chosen)) if current else ""
    except DockdjError as error:
        return f"{running} → {chosen}: no comparison, {error.message}"
