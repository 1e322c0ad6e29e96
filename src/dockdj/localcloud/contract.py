"""What the front of the local cloud (the API) and its fleet (containers) say to each other.

The front decides *what* an environment is to be and writes it down; an implementation of `Operations` makes it so,
synchronously, in the caller's thread, and tells what happens in Elastic Beanstalk's own event texts.

Who says what: the front emits the first and the last event of an operation; everything between (load balancer,
instances, batches, commands) comes from `Operations`. The front's are, at the start, `createEnvironment is starting.`,
`Environment update is starting.`, `Updating environment X's configuration settings.`, `terminateEnvironment is
starting.`; at the end `Successfully launched environment: X`, `Environment update completed successfully.`,
`Successfully deployed new configuration to environment.`, `terminateEnvironment completed successfully.`, `Failed to
deploy application.`, `Failed to deploy configuration.`, `Create environment operation is complete, but with errors...`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Policy = Literal["AllAtOnce", "Rolling"]
Platform = Literal["Docker", "ECS"]
InstanceStatus = Literal["Ok", "Degraded", "Severe", "Pending", "NoData"]
Severity = Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]

Emit = Callable[[Severity, str], None]


class DeploymentFailed(Exception):
    """The environment was not brought to what was asked; why has been emitted as events already.

    A failed launch keeps its balancer and instances, as the real one does: `port` is then the balancer's.
    """

    def __init__(self, message: str = "", *, port: int | None = None) -> None:
        super().__init__(message)
        self.port = port


@dataclass(frozen=True)
class Spec:
    """All that an environment's machines need to know of it."""

    environment_id: str
    """`e-` and ten letters or digits; names of containers, volumes and networks derive from it."""
    name: str
    application: str
    min_size: int
    policy: Policy
    batch_size: int
    """In instances, at least 1."""
    command_timeout: int
    """Seconds for what runs on one instance during a deployment."""
    health_path: str
    health_codes: frozenset[int]
    health_interval: int
    """Seconds between two health checks of one instance."""
    healthy_threshold: int
    """Consecutive good answers before an instance gets traffic."""
    deregistration_delay: int
    """Seconds that open connections get when an instance leaves the balancer."""
    variables: Mapping[str, str]
    """Environment properties."""
    port: int | None
    """Host port of the load balancer, once known."""
    platform: Platform = "Docker"
    """What bundles are for: Compose, or ECS with a Dockerrun.aws.json of version 2."""


@dataclass(frozen=True)
class Deployment:
    """An application version on its way to the instances."""

    id: int
    version_label: str
    bundle: Path
    """The source bundle, a zip on disk."""


@dataclass(frozen=True)
class InstanceState:
    """One instance as its health agent would report it."""

    id: str
    """`i-` and seventeen hexadecimal digits."""
    status: InstanceStatus
    version_label: str
    deployment_id: int
    causes: tuple[str, ...]
    launched_at: str
    """ISO 8601, UTC."""


class Operations(Protocol):
    """What can be done to an environment. Each call blocks until it is done; one call per environment at a time."""

    def launch(self, spec: Spec, deployment: Deployment, emit: Emit) -> int:
        """Makes balancer and instances and deploys. Returns the balancer's host port. Raises DeploymentFailed."""
        ...

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit) -> None:
        """Brings another version to the instances. Raises DeploymentFailed; completed batches keep the new version."""
        ...

    def configure(self, spec: Spec, deployment: Deployment, emit: Emit) -> None:
        """Applies changed variables, size and health options with the version that runs. Raises DeploymentFailed."""
        ...

    def terminate(self, spec: Spec, emit: Emit) -> None:
        """Removes everything of the environment. Finds nothing to do when it is gone already."""
        ...

    def instances(self, spec: Spec) -> tuple[InstanceState, ...]:
        """The instances now, oldest first."""
        ...

    def start(self, spec: Spec, deployment: Deployment) -> int:
        """Starts what `stop` of the cloud or a reboot stopped, the same version on the same instances.

        Returns the balancer's host port: `spec.port` unless that is taken. Raises DeploymentFailed when parts are gone.
        """
        ...


class Databases(Protocol):
    """The databases that stand in for RDS."""

    def database_url(self, name: str) -> str:
        """`postgres://user:password@host:port/name`; made when it is missing, the same ever after."""
        ...
