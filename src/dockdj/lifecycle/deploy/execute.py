"""Carry out a decided deployment, step by step, and log it."""

import time
from dataclasses import dataclass

from dockdj.errors import DeploymentFailed, PlatformError, TimedOut, WrongContent
from dockdj.events import Report, silent, step
from dockdj.lifecycle.deploy import automatic_rollback
from dockdj.lifecycle.deploy.plan import Deployment
from dockdj.lifecycle.deploy.request import DeployRequest
from dockdj.lifecycle.deploy.update import set_health_check, update
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history.log import LogEvent, Outcome
from dockdj.lifecycle.polling import poll
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.target.watch import watch
from dockdj.model.beanstalk.bundle import description_of
from dockdj.model.beanstalk.environment import Environment
from dockdj.model.beanstalk.plan import RegisterVersion, SetHealthCheck, Step, UpdateEnvironment, WaitUntilReady

PROCESSING_SECONDS = 120.0


@dataclass(frozen=True)
class Deployed:
    """A deployment that succeeded; `changed` is false when the target ran the release already."""

    deployment: Deployment
    environment: Environment
    changed: bool


def execute(site: Site, deployment: Deployment, request: DeployRequest, report: Report = silent) -> Deployed:
    """Carry out the plan.

    Raises PlatformError when the deployment failed, with what the target was rolled back to (unless the request says
    not to); TimedOut and LostContact when the platform is still at work.
    """
    steps, version = deployment.plan.steps, str(deployment.release.version)

    def note(outcome: Outcome) -> None:
        event = LogEvent(
            request.what, version, site.target.name, outcome, deployment.release.digest, deployment.bundle.label
        )
        log.append(site.project, event, report)

    if steps:
        # Written first: after an interrupt, a rollback must know what had begun.
        note(Outcome.STARTED)
    try:
        for one in steps:
            _do(site, deployment, one, report, request.timeout)
    except DeploymentFailed as failure:
        note(Outcome.FAILED)
        if request.roll_back:
            raise automatic_rollback.after(failure, site, deployment, report, request.timeout) from failure
        raise
    except (PlatformError, WrongContent):
        note(Outcome.FAILED)
        raise
    if steps or not log.ends_with(site.project, site.target.name, version):
        note(Outcome.OK)
    return Deployed(deployment, site.require_environment(), bool(steps))


def _do(site: Site, deployment: Deployment, one: Step, report: Report, timeout: float) -> None:
    environment = deployment.observed.environment
    with step(report, str(one)):
        match one:
            case WaitUntilReady():
                watch(site, environment, report, timeout).until_ready()
            case RegisterVersion(label=label):
                _register(site, deployment, label)
            case SetHealthCheck(check=check):
                set_health_check(site, environment, check, report, timeout)
            case UpdateEnvironment(label=label):
                update(site, environment, label, report, timeout)


def _register(site: Site, deployment: Deployment, label: str) -> None:
    beanstalk, application = site.beanstalk, site.target.application
    beanstalk.register(application, deployment.bundle, description_of(deployment.release.digest))
    status, processed = poll(
        lambda: beanstalk.version_status(application, label),
        lambda status: status not in ("PROCESSING", "BUILDING"),
        deadline=time.monotonic() + PROCESSING_SECONDS,
        pause=lambda: beanstalk.sleep(beanstalk.poll),
    )
    if not processed:
        raise TimedOut(
            f"the version {label} is still {status.lower()} after {PROCESSING_SECONDS:.0f} s",
            hint="the platform continues on its own: run the same command again to keep watching",
        )
    if status == "FAILED":
        raise PlatformError(
            f"Elastic Beanstalk rejected the bundle of version {label}",
            hint=f"the reason: dockdj events {site.target.name}",
        )
