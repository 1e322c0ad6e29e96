"""Run a published release on a target: the one deployment use-case.

The order, for every command: wait until the environment is ready, observe and decide, check, compare with the expected
plan, warn, confirm, observe again, execute. Every step is idempotent and follows from what is observed, so a killed
run is run again. If an accepted deployment fails, the target is rolled back, so the fleet never runs two releases.
"""

from collections.abc import Callable

from dockdj.adapters.docker import client as docker
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle.deploy import checks
from dockdj.lifecycle.deploy.execute import Deployed, execute
from dockdj.lifecycle.deploy.plan import (
    Deployment,
    Find,
    decide,
    observe_again,
    require_expected_plan,
    require_same_plan,
)
from dockdj.lifecycle.deploy.request import DeployRequest
from dockdj.lifecycle.history import registry_index
from dockdj.lifecycle.history.registry_index import Published
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.target.watch import wait_until_ready
from dockdj.model.version import Version

# Shows a deployment and asks for a decision; returns on yes, and raises Refused on no.
Confirm = Callable[[Deployment], None]


def published(repository: str, version: Version) -> Published:
    """The published release in the registry, which is read through Docker. Raises MissingTool, Refused."""
    docker.require_engine()
    return registry_index.require(repository, version)


def plan(site: Site, request: DeployRequest, report: Report = silent, *, find: Find = published) -> Deployment:
    """Decide a deployment and check it; nothing is changed and nothing waited for.

    Raises Refused when a check fails or the version is not published, Raced when the plan is not the expected one,
    PlatformError when the target has no environment.
    """
    with step(report, f"look at {request.version} and {site.target.name}"):
        deployment = decide(site, request, find)
    if deployment.uncompared:
        report(Warned(deployment.uncompared))
    checks.run(checks.REFUSALS, site, deployment, request.waived, report)
    require_expected_plan(deployment, request.expect)
    return deployment


def deploy(
    site: Site,
    request: DeployRequest,
    confirm: Confirm,
    report: Report = silent,
    *,
    find: Find = published,
) -> Deployed:
    """Deploy a version; nothing is done when every instance runs it already.

    `confirm` is asked before anything is changed. Raises what `plan` raises; Raced when the target changed while it
    was asked; PlatformError when the deployment failed, with what the target was rolled back to; TimedOut and
    LostContact when the platform is still at work.
    """
    wait_until_ready(site, request.timeout, report)
    deployment = plan(site, request, report, find=find)
    checks.run(checks.WARNINGS, site, deployment, request.waived, report)
    if deployment.plan.steps:
        confirm(deployment)
        require_same_plan(deployment, observe_again(site, deployment))
    return execute(site, deployment, request, report)
