"""Roll a target back after a deployment that the platform accepted and that failed."""

from dockdj.errors import DockdjError, PlatformError, WrongContent
from dockdj.events import Report, step
from dockdj.lifecycle.deploy.plan import Deployment
from dockdj.lifecycle.deploy.update import update
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history.log import EventKind, LogEvent, Outcome
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.target.watch import wait_until_ready
from dockdj.model.beanstalk.bundle import is_named, version_in_label
from dockdj.model.canonical import digest_of


def after(failure: PlatformError, site: Site, deployment: Deployment, report: Report, timeout: float) -> PlatformError:
    """Roll the target back to what it ran before; the error to raise, which says how that ended."""
    name, before = site.target.name, _label_before(site, deployment)
    earlier = version_in_label(before)
    look = f"look closer: dockdj events {name}"
    if not earlier:
        return PlatformError(
            f"{failure.message}\n{name} ran no earlier release to roll back to",
            hint=f"{look}; correct the cause and release again",
        )
    try:
        now = wait_until_ready(site, timeout, report)
        if now.runs(before):
            return PlatformError(f"{failure.message}\n{name} still runs {earlier} and is healthy", hint=look)
        with step(report, f"roll {name} back to {earlier}"):
            _require_bundle(site, before)
            update(site, now, before, report, timeout)
    except DockdjError as second:
        return PlatformError(
            f"{failure.message}\nrolling {name} back to {earlier} failed, too: {second.message}",
            hint=f"{look}; then dockdj rollback --to {name}",
        )
    log.append(site.project, LogEvent(EventKind.RETURNED, earlier, name, Outcome.OK, label=before), report)
    return PlatformError(f"{failure.message}\n{name} was rolled back to {earlier} and is healthy", hint=look)


def _require_bundle(site: Site, label: str) -> None:
    """Raise WrongContent if the bundle of a version is not the one that its label names."""
    content = site.beanstalk.bundle(site.target.application, label)
    if content is not None and not is_named(content, label):
        raise WrongContent(f"the bundle of {label} was replaced in the bucket: it is {digest_of(content)}")


def _label_before(site: Site, deployment: Deployment) -> str:
    """The label that was observed; when a killed run had already changed it, the last that ran successfully."""
    running = deployment.running
    return running if running != deployment.bundle.label else log.label_before(site.project, site.target.name, running)
