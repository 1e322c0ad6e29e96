"""What a target runs, how it feels, and where it differs from what was deployed."""

from dataclasses import dataclass

from dockdj.adapters.beanstalk.client import Beanstalk
from dockdj.errors import PlatformError
from dockdj.model.beanstalk.bundle import version_in_label
from dockdj.model.beanstalk.environment import Environment
from dockdj.model.project.project import Target

RECORD = "rel "


@dataclass(frozen=True)
class Status:
    """A target now. `version` and `record` are empty when it runs none of our releases."""

    target: str
    environment: Environment
    version: str
    record: str
    drift: tuple[str, ...]


def status(target: Target, beanstalk: Beanstalk) -> Status:
    """Ask the platform. Raises PlatformError when the target has no environment."""
    environment = beanstalk.environment(target.application, target.environment)
    if environment is None:
        raise PlatformError(
            f"the target {target.name} has no environment {target.environment}", hint=f"dockdj create {target.name}"
        )
    record = beanstalk.description(target.application, environment.label).partition(RECORD)[2]
    version = version_in_label(environment.label) if record else ""
    return Status(target.name, environment, version, record, drift(target, environment))


def drift(target: Target, environment: Environment) -> tuple[str, ...]:
    """Where the environment differs from one release on the number of machines the target asks for."""
    found = [
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
        found.append(f"instances: {count} run, and dockdj.toml asks for {wanted}")
    return tuple(found)
