"""Return a target to an earlier release: choose the release, and deploy it as any other."""

from collections.abc import Iterable
from dataclasses import dataclass

from dockdj.errors import Refused
from dockdj.events import Report, silent
from dockdj.lifecycle.deploy import deploy as deployment
from dockdj.lifecycle.deploy.deploy import Confirm, published
from dockdj.lifecycle.deploy.execute import Deployed
from dockdj.lifecycle.deploy.plan import Deployment, Find
from dockdj.lifecycle.deploy.request import TIMEOUT_SECONDS, Check, DeployRequest
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history.log import RAN, EventKind, LoggedEvent, Outcome
from dockdj.lifecycle.target import status
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.target.watch import wait_until_ready
from dockdj.model.version import Version, attempt

GOING_BACK = (EventKind.ROLLED_BACK, EventKind.RETURNED)
# The earlier release ran here with the variables that it had: a rollback must not be refused for one.
WAIVED = frozenset({Check.REQUIRED_VARIABLES})


@dataclass(frozen=True)
class RollbackRequest:
    """The version to return to; None for the last other one that ran successfully on the target. See DeployRequest."""

    version: Version | None = None
    expect: str = ""
    timeout: float = TIMEOUT_SECONDS


def plan(site: Site, request: RollbackRequest, report: Report = silent, *, find: Find = published) -> Deployment:
    """Choose the release and decide its deployment; nothing is changed. Raises what a deployment's plan raises."""
    return deployment.plan(site, _deploy_request(site, request, report), report, find=find)


def rollback(
    site: Site, request: RollbackRequest, confirm: Confirm, report: Report = silent, *, find: Find = published
) -> Deployed:
    """Choose the release and deploy it. Raises what a deployment raises, and Refused when no release can be chosen."""
    # What the platform is doing decides what runs, and so which release is the one before.
    wait_until_ready(site, request.timeout, report)
    return deployment.deploy(site, _deploy_request(site, request, report), confirm, report, find=find)


def _deploy_request(site: Site, request: RollbackRequest, report: Report) -> DeployRequest:
    version = request.version
    if version is None:
        running = status.status(site).version
        version = choose(log.read(site.project, site.target.name, report), running, site.target.name)
    return DeployRequest(version, EventKind.ROLLED_BACK, WAIVED, expect=request.expect, timeout=request.timeout)


def choose(events: Iterable[LoggedEvent], running: str, target: str) -> Version:
    """The release that ran successfully on this target before the one that runs now.

    `events` are the target's, oldest first. An interrupted rollback is finished, and a finished one is not undone by
    the next: a second rollback goes further back. Raises Refused when the log knows no such release.
    """
    good: list[str] = []
    begun: LoggedEvent | None = None
    for event in events:
        if event.what not in RAN:
            continue
        begun = event if event.outcome is Outcome.STARTED else None
        if event.outcome is Outcome.OK:
            good = _after(good, event)
    if begun and begun.what in GOING_BACK and (unfinished := attempt(begun.version)):
        return unfinished
    current = begun.version if begun else running
    if good and current and current not in good and not begun:
        raise Refused(
            f"{target} runs {current}, and the log of this checkout does not know how that came about",
            hint=f"name the release to return to: dockdj rollback VERSION --to {target}; releases: dockdj history",
        )
    earlier = good[: good.index(current)] if current in good else good
    if earlier and (version := attempt(earlier[-1])):
        return version
    raise Refused(
        f"no earlier release is known to have run successfully on {target}",
        hint=f"name one: dockdj rollback VERSION --to {target}; released versions: dockdj history",
    )


def _after(good: list[str], event: LoggedEvent) -> list[str]:
    """The releases that ran successfully, the running one last: a rollback forgets what came after."""
    if event.what in GOING_BACK and event.version in good:
        return good[: good.index(event.version) + 1]
    return [version for version in good if version != event.version] + [event.version]
