"""`dockdj cloud up --deploy`: the project's newest published release, on the local cloud."""

from dataclasses import dataclass

from dockdj.cli.arguments import project_of
from dockdj.cli.commands.deploy import deployed_data, deployed_text
from dockdj.cli.console import Console
from dockdj.errors import UsageError
from dockdj.lifecycle.deploy import deploy
from dockdj.lifecycle.history import newest as newest_release
from dockdj.lifecycle.target import create
from dockdj.lifecycle.target.target import Site
from dockdj.model.project.project import PROJECT_FILE, Target


@dataclass(frozen=True)
class Shown:
    """What was deployed, as JSON data and for people."""

    data: dict[str, object]
    text: str


def target_here(console: Console) -> Target:
    """The project's target on the local cloud: the default one, else its first. Raises UsageError without one."""
    project = project_of(console)
    local = {name: target for name, target in project.targets.items() if target.local}
    if found := local.get(project.default_target) or next(iter(local.values()), None):
        return found
    raise UsageError(f"no target in {PROJECT_FILE} is the local cloud", hint='give one endpoint = "local"')


def newest(console: Console, target: Target) -> Shown:
    """Create the target's environment when it does not exist, and deploy the newest published release to it."""
    from dockdj import wiring

    project = project_of(console)
    version = newest_release.published(project, target, wiring.repository_of(target))
    connection = wiring.connect(target, for_creation=True)
    create.create(target, connection.beanstalk, connection.options, console.report)
    site = Site(project, target, connection.beanstalk, connection.repository)
    prepared = deploy.prepare(site, version, console.report)
    done = deploy.deploy(site, prepared, console.report)
    return Shown(deployed_data(target.name, done), deployed_text(target.name, done))
