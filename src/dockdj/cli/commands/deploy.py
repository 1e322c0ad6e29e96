"""`dockdj deploy VERSION`."""

from dataclasses import asdict

import click

from dockdj.cli.arguments import VERSION, confirm_target, site_of
from dockdj.cli.console import Console
from dockdj.events import Warned
from dockdj.lifecycle.deploy import deploy as use_case
from dockdj.lifecycle.deploy import preflight
from dockdj.lifecycle.deploy.deploy import Deployed, Prepared
from dockdj.lifecycle.deploy.downgrades import against_running
from dockdj.model.diff.changes import Changes
from dockdj.model.diff.downgrades import losses, schema_warning, warning
from dockdj.model.version import Version


@click.command("deploy", epilog="Example: dockdj deploy 1.2.0 --to production")
@click.argument("version", type=VERSION)
@click.option("--to", "target_name", metavar="TARGET", help="The target; without it the default one.")
@click.option("--plan", "plan_only", is_flag=True, help="Print what would be done, and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--timeout", type=float, default=use_case.TIMEOUT_SECONDS, show_default=True, help="Seconds to wait.")
@click.option("--no-return", is_flag=True, help="When it fails, leave the target as it is.")
@click.pass_obj
def command(
    console: Console,
    version: Version,
    target_name: str | None,
    plan_only: bool,
    yes: bool,
    timeout: float,
    no_return: bool,
) -> None:
    """Run the published VERSION on a target, by its deployment policy.

    When the deployment fails, the target is returned to what it ran before. Run again after an interrupt:
    what is done already is not done twice.
    """
    site = site_of(console, target_name)
    prepared = use_case.prepare(site, version, console.report)
    changes = against_running(site, prepared)
    if prepared.plan.steps:
        preflight.require_architecture(site.target, prepared.release)
        preflight.require_variables(site, prepared.release, console.report)
    if plan_only:
        shown = [lost_text(changes), str(prepared.plan) or "nothing to do"]
        console.result("deploy", plan_data(prepared, changes), "\n".join(line for line in shown if line))
        return
    if prepared.plan.steps:
        warn_of_losses(console, changes)
        confirm_target(console, site, f"deploy {version}", yes=yes)
    done = use_case.deploy(site, prepared, console.report, timeout=timeout, come_back=not no_return)
    data = {**deployed_data(site.target.name, done), **lost_data(changes)}
    console.result("deploy", data, deployed_text(site.target.name, done))


def plan_data(prepared: Prepared, changes: Changes | None) -> dict[str, object]:
    """A plan as JSON data; `changes` are those to what runs, None where they are not known."""
    return {
        "version": str(prepared.release.version),
        "label": prepared.bundle.label,
        "steps": [{"step": str(step), "why": step.why} for step in prepared.plan.steps],
        **lost_data(changes),
    }


def lost_data(changes: Changes | None) -> dict[str, object]:
    """What is newer in what runs than in what is to run; null where that is not known."""
    return {"losses": None if changes is None else [asdict(one) for one in losses(changes)]}


def lost_text(changes: Changes | None) -> str:
    """The same in a line, and one more where the database is ahead; empty when there is nothing to say."""
    said = {"security": warning(changes), "database": schema_warning(changes)} if changes else {}
    return "\n".join(f"{title}: {text}" for title, text in said.items() if text)


def warn_of_losses(console: Console, changes: Changes | None) -> None:
    """Say it before anything is done."""
    for line in lost_text(changes).splitlines():
        console.report(Warned(line))


def deployed_data(target: str, done: Deployed) -> dict[str, object]:
    """A deployment that ended well, as JSON data."""
    return {
        "target": target,
        "version": str(done.release.version),
        "digest": done.release.digest,
        "label": done.environment.label,
        "url": done.environment.url,
        "changed": done.changed,
    }


def deployed_text(target: str, done: Deployed) -> str:
    """A deployment that ended well, for people."""
    count = len(done.environment.instances)
    verb = "runs" if done.changed else "runs already"
    return (
        f"{target} {verb} {done.release.version} on {count} instance{'s' if count != 1 else ''}: {done.environment.url}"
    )
