"""Observe a target: the release it runs, its health, and its drift from what was deployed."""

from dataclasses import dataclass

from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.bundle import record_in, version_in_label
from dockdj.model.beanstalk.environment import Environment
from dockdj.model.project.project import Target


@dataclass(frozen=True)
class Status:
    """A target now. `version` and the digest `record` are empty when it runs none of our releases."""

    target: str
    environment: Environment
    version: str
    record: str
    drift: tuple[str, ...]


def status(site: Site) -> Status:
    """Ask the platform. Raises PlatformError when the target has no environment."""
    environment = site.require_environment()
    record = record_in(site.beanstalk.description(site.target.application, environment.label))
    version = version_in_label(environment.label) if record else ""
    return Status(site.target.name, environment, version, record, drift(site.target, environment))


def drift(target: Target, environment: Environment) -> tuple[str, ...]:
    """The differences from one release on as many instances as the target asks for."""
    differences = [
        f"instance {instance.id} runs {instance.label or 'nothing'}, not {environment.label}"
        for instance in environment.instances
        if instance.label != environment.label
    ]
    count = len(environment.instances)
    if environment.instances and not target.instances.min <= count <= target.instances.max:
        wanted = (
            f"{target.instances.min}"
            if target.instances.min == target.instances.max
            else f"{target.instances.min} to {target.instances.max}"
        )
        differences.append(f"instances: {count} run, and dockdj.toml asks for {wanted}")
    return tuple(differences)
