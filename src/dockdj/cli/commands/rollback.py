"""`dockdj rollback [VERSION]`."""

import click

from dockdj.cli.arguments import (
    VERSION,
    confirm_target,
    expect_option,
    plan_option,
    site_of,
    target_option,
    timeout_option,
    yes_option,
)
from dockdj.cli.console import Console
from dockdj.cli.views import deployment as view
from dockdj.lifecycle.deploy import rollback as use_case
from dockdj.lifecycle.deploy.plan import Deployment
from dockdj.lifecycle.deploy.request import TIMEOUT_SECONDS
from dockdj.lifecycle.deploy.rollback import RollbackRequest
from dockdj.model.beanstalk.bundle import version_in_label
from dockdj.model.version import Version


@click.command("rollback", epilog="Example: dockdj rollback --to production")
@click.argument("version", type=VERSION, required=False)
@target_option
@plan_option
@expect_option
@yes_option
@timeout_option(TIMEOUT_SECONDS)
@click.pass_obj
def command(
    console: Console,
    version: Version | None,
    target_name: str | None,
    plan_only: bool,
    expect: str,
    yes: bool,
    timeout: float,
) -> None:
    """Return a target to an earlier release: application, stack and plain configuration together.

    Without VERSION: the last other release that ran successfully on this target. Nothing is built. The database is
    not changed.
    """
    site = site_of(console, target_name)
    request = RollbackRequest(version, expect=expect, timeout=timeout)
    if plan_only:
        deployment = use_case.plan(site, request, console.report)
        console.result("rollback", view.plan_data(deployment), lambda: view.plan_text(deployment))
        return

    def confirm(deployment: Deployment) -> None:
        if not yes:
            console.show(view.reverse_text(deployment))
        earlier = deployment.release.version
        running = version_in_label(deployment.running) or deployment.running or "nothing"
        confirm_target(
            console,
            site.target,
            f"roll back to {earlier}",
            yes=yes,
            question=f"roll {site.target.name} back from {running} to {earlier}?",
        )

    result = use_case.rollback(site, request, confirm, console.report)
    console.result("rollback", view.result_data(result), view.result_text(result))
