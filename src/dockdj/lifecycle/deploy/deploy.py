"""Run a published release on a target: observe, decide, do.

Every step is idempotent and what is decided comes from what is observed, so a killed run is run again.
When the platform took a deployment and fails it, the target is returned to what it ran before: no mixed fleet
stays. A refused call changes nothing, and one that gets no answer says nothing about the deployment.
"""

from dataclasses import dataclass, replace

from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import repository as git
from dockdj.errors import DeploymentFailed, DockdjError, PlatformError, Refused, TimedOut
from dockdj.events import Report, silent, step
from dockdj.lifecycle.bundle import bundle
from dockdj.lifecycle.history import log, registry_index
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.registry_index import Published
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.target.watch import Watch, watch
from dockdj.model.beanstalk.bundle import Bundle, version_in_label
from dockdj.model.beanstalk.environment import READY, Environment
from dockdj.model.beanstalk.plan import (
    Observed,
    Plan,
    RegisterVersion,
    Step,
    UpdateEnvironment,
    WaitUntilReady,
    plan_deploy,
)
from dockdj.model.release.record import Release
from dockdj.model.version import Version

TIMEOUT_SECONDS = 1800.0
GREEN_SECONDS = 120.0
PROCESSING_SECONDS = 120.0


@dataclass(frozen=True)
class Prepared:
    """A deployment that is decided: the release, its bundle, what was observed, and the plan."""

    release: Release
    bundle: Bundle
    observed: Observed
    plan: Plan


@dataclass(frozen=True)
class Deployed:
    """A deployment that ended well; `changed` is false when everything was so already."""

    release: Release
    environment: Environment
    plan: Plan
    changed: bool


def prepare(site: Site, version: Version, report: Report = silent) -> Prepared:
    """Observe the target and decide what to do, without changing anything.

    Raises Refused when the version is not published, PlatformError when there is no environment.
    """
    docker.require_engine()
    with step(report, f"look at {version} and {site.target.name}"):
        published = registry_index.require(site.repository, version)
        _require_same(site, published)
        made = bundle.make(site.project, site.target, published)
        observed = observe(site, made.label)
    return Prepared(published.release, made, observed, plan_deploy(made.label, observed))


def _require_same(site: Site, published: Published) -> None:
    """An index moved in the registry must not run under a version that Git knows as another release."""
    version = published.release.version
    tagged = release_tags.of_tag(git.find(site.project.root), version)
    if tagged is not None and tagged.digest != published.release.digest:
        raise Refused(
            f"{site.repository} holds another release under {version} than the tag {version.tag}: record "
            f"{published.release.digest[:19]}, not {tagged.digest[:19]}",
            hint="find out who moved which: dockdj history; git ls-remote --tags; then release the next version",
        )


def observe(site: Site, label: str) -> Observed:
    """The environment as it is, and whether the platform knows this label."""
    target = site.target
    environment = site.beanstalk.environment(target.application, target.environment)
    if environment is None:
        raise PlatformError(
            f"the target {target.name} has no environment {target.environment} yet",
            hint=f"dockdj create {target.name}",
        )
    return Observed(environment, site.beanstalk.has_version(target.application, label))


def deploy(
    site: Site,
    prepared: Prepared,
    report: Report = silent,
    *,
    what: str = "deployed",
    timeout: float = TIMEOUT_SECONDS,
    come_back: bool = True,
) -> Deployed:
    """Carry out a prepared deployment; `timeout` is in seconds, `what` is the word for the log.

    Raises PlatformError when it failed, saying what the target was returned to (unless not `come_back`);
    TimedOut when the platform is still at work.
    """
    if any(isinstance(one, WaitUntilReady) for one in prepared.plan.steps):
        _wait(site, prepared.observed.environment, report, timeout)
        # What it was doing may have changed everything that was decided.
        observed = observe(site, prepared.bundle.label)
        prepared = replace(prepared, observed=observed, plan=plan_deploy(prepared.bundle.label, observed))
    plan = prepared.plan
    version, record = str(prepared.release.version), prepared.release.digest

    def note(outcome: str) -> None:
        label = prepared.bundle.label
        log.append(
            site.project,
            what=what,
            version=version,
            target=site.target.name,
            outcome=outcome,
            record=record,
            label=label,
            report=report,
        )

    if plan.steps:
        # Written first: after an interrupt, a rollback must know what had begun.
        note("started")
    try:
        for one in plan.steps:
            _do(site, prepared, one, report, timeout)
    except DeploymentFailed as error:
        note("failed")
        if come_back:
            raise _returned(site, prepared, error, report, timeout) from error
        raise
    except PlatformError:
        note("failed")
        raise
    if plan.steps or not log.ends_with(site.project, site.target.name, version):
        note("ok")
    environment = observe(site, prepared.bundle.label).environment
    return Deployed(prepared.release, environment, plan, bool(plan.steps))


def _do(site: Site, prepared: Prepared, one: Step, report: Report, timeout: float) -> None:
    match one:
        case WaitUntilReady():
            _wait(site, prepared.observed.environment, report, timeout)
        case RegisterVersion(label=label):
            with step(report, str(one)):
                _register(site, prepared, label)
        case UpdateEnvironment(label=label):
            with step(report, str(one)):
                _update(site, prepared.observed.environment, label, report, timeout)


def _wait(site: Site, environment: Environment, report: Report, timeout: float) -> None:
    with step(report, f"wait for {environment.name}: it is {environment.status.lower()}"):
        watch(site.beanstalk, site.target.application, environment, report, timeout).until_ready()


def _register(site: Site, prepared: Prepared, label: str) -> None:
    beanstalk, application = site.beanstalk, site.target.application
    # At most 200 characters; the record's digest lets `status` name what runs without asking a registry.
    beanstalk.register(application, label, prepared.bundle.content, f"rel {prepared.release.digest}")
    waited = 0.0
    while (status := beanstalk.version_status(application, label)) in ("PROCESSING", "BUILDING"):
        if waited > PROCESSING_SECONDS:
            raise TimedOut(
                f"the version {label} is still {status.lower()} after {waited:.0f} s",
                hint="it goes on by itself: run the same command again",
            )
        beanstalk.sleep(beanstalk.poll)
        waited += beanstalk.poll
    if status == "FAILED":
        raise PlatformError(f"Elastic Beanstalk cannot use the bundle {label}", hint="dockdj events")


def _update(site: Site, environment: Environment, label: str, report: Report, timeout: float) -> None:
    following = watch(site.beanstalk, site.target.application, environment, report, timeout)
    site.beanstalk.update(environment.id, label)
    try:
        reached = following.until_ready()
        if following.failed or reached.label != label:
            raise DeploymentFailed(f"the deployment of {label} failed:\n{following.causes}".rstrip(":\n"))
        _until_well(following, label)
    except KeyboardInterrupt as interrupt:
        interrupt.add_note(f"{environment.name} goes on to {label} by itself; look: dockdj status {site.target.name}")
        raise
    except DeploymentFailed:
        raise
    except PlatformError as error:
        raise TimedOut(
            f"lost sight of {environment.name}, which goes on to {label} by itself: {error.message}",
            hint=f"look with `dockdj status {site.target.name}`, then run the same command again",
        ) from error


def _until_well(following: Watch, label: str) -> None:
    """The platform says it is done; the machines have the last word."""
    patience = GREEN_SECONDS

    def settled(environment: Environment) -> bool:
        nonlocal patience
        patience -= following.beanstalk.poll
        return patience <= 0 or environment.runs(label)

    environment = following.until(settled, f"every instance to run {label} well")
    if not environment.runs(label):
        causes = "\n".join(cause for instance in environment.instances for cause in instance.causes)
        raise DeploymentFailed(f"{label} runs, but its health is {environment.health}:\n{causes}".rstrip(":\n"))


def _returned(site: Site, prepared: Prepared, failure: PlatformError, report: Report, timeout: float) -> DockdjError:
    """Return the target to what it ran before; the failure to raise, saying how that went."""
    name, before = site.target.name, _before(site, prepared)
    earlier = version_in_label(before)
    look = f"look closer: dockdj events {name}"
    if not earlier:
        return PlatformError(
            f"{failure.message}\n{name} has nothing earlier to return to", hint=f"{look}; correct it and release again"
        )
    try:
        now = observe(site, before).environment
        if now.status != READY:
            _wait(site, now, report, timeout)
            now = observe(site, before).environment
        if now.runs(before):
            return PlatformError(f"{failure.message}\n{name} still runs {earlier} and is well", hint=look)
        with step(report, f"return {name} to {earlier}"):
            _update(site, now, before, report, timeout)
    except DockdjError as second:
        return PlatformError(
            f"{failure.message}\nreturning {name} to {earlier} failed too: {second.message}",
            hint=f"{look}; then dockdj rollback --to {name}",
        )
    log.append(site.project, what="returned", version=earlier, target=name, outcome="ok", label=before, report=report)
    return PlatformError(f"{failure.message}\n{name} was returned to {earlier} and is well", hint=look)


def _before(site: Site, prepared: Prepared) -> str:
    """The label to return to: what was observed or, when a killed run had changed that, what the log says ran well."""
    observed = prepared.observed.environment.label
    return observed if observed != prepared.bundle.label else log.label_before(site.project, site.target.name, observed)
