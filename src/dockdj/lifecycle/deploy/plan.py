"""Observe a target and decide a deployment, without changing anything."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace

from dockdj.errors import DockdjError, Raced
from dockdj.lifecycle.bundle import bundle
from dockdj.lifecycle.deploy.request import DeployRequest
from dockdj.lifecycle.diff.diff import Comparison, compare
from dockdj.lifecycle.history import tag_comparison
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.log import EventKind
from dockdj.lifecycle.history.registry_index import Published
from dockdj.lifecycle.target.create import options
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.bundle import Bundle, description_of, version_in_label
from dockdj.model.beanstalk.option_settings import PROCESS, health_check_of
from dockdj.model.beanstalk.plan import Observed, Plan, WaitUntilReady, plan_deploy
from dockdj.model.canonical import canonical, digest_of
from dockdj.model.diff.changes import Changes, diff
from dockdj.model.release.record import Release
from dockdj.model.version import Version, attempt

# Gives the published release of a version in a repository, or raises Refused.
Find = Callable[[str, Version], Published]


@dataclass(frozen=True)
class Deployment:
    """A deployment that is decided: the release, its bundle, what was observed on the target, and the plan.

    `changes` leads from the release that runs to this one. It is None when the target runs another application, or this
    clone lacks the record. `comparison` adds commits and texts, for a rollback; a string says why they cannot be
    compared. `uncompared` is the reason why the record was not compared with the tag's, empty if it was.
    """

    target: str
    release: Release
    bundle: Bundle
    observed: Observed
    plan: Plan
    changes: Changes | None = None
    comparison: Comparison | str = ""
    uncompared: str = ""

    @property
    def running(self) -> str:
        """The label that the target runs; empty when it runs nothing."""
        return self.observed.environment.label

    @property
    def digest(self) -> str:
        """The digest of the plan: of the target, what it runs, the release, its bundle and the steps.

        Waiting does not count: a plan that was printed while the platform was at work is the same plan afterwards.
        """
        steps = [str(step) for step in self.plan.steps if not isinstance(step, WaitUntilReady)]
        return digest_of(
            canonical(
                {
                    "target": self.target,
                    "environment": self.observed.environment.name,
                    "running": self.running,
                    "record": self.release.digest,
                    "label": self.bundle.label,
                    "steps": steps,
                }
            )
        )


def decide(site: Site, request: DeployRequest, find: Find) -> Deployment:
    """Observe the target and decide what to do.

    `find` gives the published release of a version. Raises Refused when the version is not published, or its tag holds
    another release; PlatformError when the target has no environment.
    """
    published = find(site.repository, request.version)
    uncompared = tag_comparison.compare(site.project, published)
    made = bundle.make(site.project, site.target, published)
    observed = observe(site, made, published.release)
    deployment = Deployment(site.target.name, published.release, made, observed, plan_deploy(made.label, observed))
    back = request.what is EventKind.ROLLED_BACK
    return replace(
        deployment,
        uncompared=uncompared,
        changes=_changes(site, deployment),
        comparison=_comparison(site, deployment) if back else "",
    )


def observe(site: Site, made: Bundle, release: Release) -> Observed:
    """The environment now, and whether the platform has the bundle as a version.

    Raises WrongContent if its version of the bundle's label is another.
    """
    environment, application = site.require_environment(), site.target.application
    registered = site.beanstalk.has_version(application, made.label)
    if registered:
        site.beanstalk.require_same(application, made, description_of(release.digest))
    settings = options(site.target, {}, site.project.application.health_path)
    return Observed(environment, registered, health_check_of(settings[PROCESS]))


def observe_again(site: Site, deployment: Deployment) -> Deployment:
    """The same deployment, decided from what the target is now."""
    observed = observe(site, deployment.bundle, deployment.release)
    return replace(deployment, observed=observed, plan=plan_deploy(deployment.bundle.label, observed))


def require_same_plan(before: Deployment, now: Deployment) -> None:
    """Refuse to carry out a plan that no longer holds. Raises Raced with the difference.

    An environment that became busy is a change, too, although its plan has the same digest.
    """
    if before.digest == now.digest and _steps(before) == _steps(now):
        return
    old, new = _lines(before), _lines(now)
    difference = "\n".join(line for line in difflib.ndiff(old, new) if not line.startswith("?"))
    raise Raced(
        f"{now.target} changed after the plan was made, so nothing was done:\n{difference}",
        hint="look at what happened there: dockdj events; then run the same command again",
    )


def require_expected_plan(deployment: Deployment, expected: str) -> None:
    """Refuse another plan than the expected one. Raises Raced with the plan of now."""
    if expected and deployment.digest != expected:
        plan = "\n".join(_lines(deployment))
        raise Raced(
            f"the plan has the digest {deployment.digest}, not {expected}; it is now:\n{plan}",
            hint="look at the plan again with --plan, and expect its digest",
        )


def _steps(deployment: Deployment) -> list[str]:
    return [str(step) for step in deployment.plan.steps]


def _lines(deployment: Deployment) -> list[str]:
    steps = [line for line in str(deployment.plan).splitlines() if line]
    return [f"{deployment.target} runs {deployment.running or 'nothing'}", *(steps or ["nothing to do"])]


def _changes(site: Site, deployment: Deployment) -> Changes | None:
    running = attempt(version_in_label(deployment.running))
    if running is None:
        return None
    try:
        return diff(release_tags.find(site.project, running), deployment.release)
    except DockdjError:
        # A deployment must not fail because two records cannot be compared.
        return None


def _comparison(site: Site, deployment: Deployment) -> Comparison | str:
    running = attempt(version_in_label(deployment.running))
    if running is None:
        return ""
    try:
        return compare(site.project, running, deployment.release.version)
    except DockdjError as error:
        # A rollback must not fail because two releases cannot be compared here.
        return f"{running} → {deployment.release.version}: no comparison, {error.message}"
