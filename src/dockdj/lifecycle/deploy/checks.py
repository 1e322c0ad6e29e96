"""The checks before a deployment, in their order."""

from collections.abc import Callable

from dockdj.events import Report, Warned
from dockdj.lifecycle.deploy import requirements
from dockdj.lifecycle.deploy.plan import Deployment
from dockdj.lifecycle.deploy.request import Check
from dockdj.lifecycle.target.target import Site
from dockdj.model.diff.downgrades import schema_warning, warning

Run = Callable[[Site, Deployment, Report], None]


def _architecture(site: Site, deployment: Deployment, report: Report) -> None:
    requirements.require_architecture(site.target, deployment.release)


def _required_variables(site: Site, deployment: Deployment, report: Report) -> None:
    requirements.require_variables(site, deployment.release, report)


def _downgrades(site: Site, deployment: Deployment, report: Report) -> None:
    for line in downgrades(deployment):
        report(Warned(line))


# A failed refusal stops a plan. A failed warning is shown before the plan is carried out.
REFUSALS: tuple[tuple[Check, Run], ...] = (
    (Check.ARCHITECTURE, _architecture),
    (Check.REQUIRED_VARIABLES, _required_variables),
)
WARNINGS: tuple[tuple[Check, Run], ...] = ((Check.DOWNGRADES, _downgrades),)


def run(
    checks: tuple[tuple[Check, Run], ...], site: Site, deployment: Deployment, waived: frozenset[Check], report: Report
) -> None:
    """Run checks that are not waived, where there is anything to do. Raises Refused from the first that fails."""
    if deployment.plan.steps:
        for check, execute in checks:
            if check not in waived:
                execute(site, deployment, report)


def downgrades(deployment: Deployment) -> tuple[str, ...]:
    """List what the target loses: newer packages that run now, and migrations that the release does not know."""
    if deployment.changes is None:
        return ()
    texts = {"security": warning(deployment.changes), "database": schema_warning(deployment.changes)}
    return tuple(f"{title}: {text}" for title, text in texts.items() if text)
