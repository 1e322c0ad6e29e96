"""`dockdj cloud up --deploy`: deploy the project's newest published release to the local cloud."""

from functools import partial

from dockdj.cli.arguments import confirm_target, project_of, site_to
from dockdj.cli.console import Console
from dockdj.errors import UsageError
from dockdj.lifecycle.deploy import deploy
from dockdj.lifecycle.deploy.execute import Deployed
from dockdj.lifecycle.deploy.plan import Deployment
from dockdj.lifecycle.deploy.request import Check, DeployRequest
from dockdj.lifecycle.history import newest as newest_release
from dockdj.lifecycle.history.log import EventKind
from dockdj.lifecycle.target import create
from dockdj.model.project.project import PROJECT_FILE, Target

WAIVED: frozenset[Check] = frozenset()


def target_here(console: Console) -> Target:
    """Return the project's target on the local cloud: the default target, else the first local one.

    Raises UsageError if the project has none.
    """
    project = project_of(console)
    local = {name: target for name, target in project.targets.items() if target.local}
    if target := local.get(project.default_target) or next(iter(local.values()), None):
        return target
    raise UsageError(f"no target in {PROJECT_FILE} is the local cloud", hint='add endpoint = "local" to a target')


def newest(console: Console, target: Target) -> Deployed:
    """Create the target's environment if it does not exist, and deploy the newest published release to it."""
    from dockdj import wiring

    site = site_to(project_of(console), target)
    version = newest_release.published(site.project, target, site.repository)
    create.create(site, partial(wiring.place_options, target), console.report)

    def confirm(deployment: Deployment) -> None:
        confirm_target(console, target, f"deploy {deployment.release.version}", yes=False)

    return deploy.deploy(site, DeployRequest(version, EventKind.DEPLOYED, WAIVED), confirm, console.report)
