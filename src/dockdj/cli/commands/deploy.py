"""`dockdj deploy VERSION`."""

import click

from dockdj.cli.arguments import (
    VERSION,
    confirm_target,
    expect_option,
    no_rollback_option,
    plan_option,
    site_of,
    target_option,
    timeout_option,
    yes_option,
)
from dockdj.cli.console import Console
from dockdj.cli.views import deployment as view
from dockdj.lifecycle.deploy import deploy as use_case
from dockdj.lifecycle.deploy.plan import Deployment
from dockdj.lifecycle.deploy.request import TIMEOUT_SECONDS, Check, DeployRequest
from dockdj.lifecycle.history.log import EventKind
from dockdj.model.version import Version

WAIVED: frozenset[Check] = frozenset()


@click.command("deploy", epilog="Example: dockdj deploy 1.2.0 --to production")
@click.argument("version", type=VERSION)
@target_option
@plan_option
@expect_option
@yes_option
@timeout_option(TIMEOUT_SECONDS)
@no_rollback_option
@click.pass_obj
def command(
    console: Console,
    version: Version,
    target_name: str | None,
    plan_only: bool,
    expect: str,
    yes: bool,
    timeout: float,
    no_rollback: bool,
) -> None:
    """Run the published VERSION on a target, by its deployment policy.

    If the deployment fails, the target is rolled back to the release it ran before. After an interrupt, run the same
    command again: it resumes.
    """
    site = site_of(console, target_name)
    request = DeployRequest(
        version, EventKind.DEPLOYED, WAIVED, expect=expect, timeout=timeout, roll_back=not no_rollback
    )
    if plan_only:
        deployment = use_case.plan(site, request, console.report)
        console.result("deploy", view.plan_data(deployment), lambda: view.plan_text(deployment))
        return

    def confirm(deployment: Deployment) -> None:
        confirm_target(console, site.target, f"deploy {deployment.release.version}", yes=yes)

    result = use_case.deploy(site, request, confirm, console.report)
    console.result("deploy", view.result_data(result), view.result_text(result))
