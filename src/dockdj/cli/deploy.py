"""`dockdj deploy VERSION`."""

import click

from dockdj.cli.project import VERSION, confirm_target, site_of
from dockdj.cli.render import Console
from dockdj.lifecycle import deploy as use_case
from dockdj.lifecycle import preflight
from dockdj.lifecycle.deploy import Deployed, Prepared
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
    if prepared.plan.steps:
        preflight.require_variables(site, prepared.release, console.report)
    if plan_only:
        console.result("deploy", plan_data(prepared), str(prepared.plan) or "nothing to do")
        return
    if prepared.plan.steps:
        confirm_target(console, site, f"deploy {version}", yes=yes)
    done = use_case.deploy(site, prepared, console.report, timeout=timeout, come_back=not no_return)
    console.result("deploy", deployed_data(site.target.name, done), deployed_text(site.target.name, done))


def plan_data(prepared: Prepared) -> dict[str, object]:
    """A plan as JSON data."""
    return {
        "version": str(prepared.release.version),
        "label": prepared.bundle.label,
        "steps": [{"step": str(step), "why": step.why} for step in prepared.plan.steps],
    }


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
