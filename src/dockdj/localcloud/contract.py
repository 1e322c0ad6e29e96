"""The interface between the local cloud's front (the API) and its fleet (containers).

The front decides *what* an environment should be and stores it. An implementation of `Operations` brings the containers
to that state, synchronously, in the caller's thread. It reports progress in the texts of Elastic Beanstalk's events.

The front emits the first and the last event of an operation. `Operations` emits everything between (load balancer,
instances, batches, commands). The front's first events are `createEnvironment is starting.`, `Environment update is
starting.`, `Updating environment X's configuration settings.` and `terminateEnvironment is starting.`. Its last events
are `Successfully launched environment: X`, `Environment update completed successfully.`, `Successfully deployed new
configuration to environment.`, `terminateEnvironment completed successfully.`, `Failed to deploy application.`,
`Failed to deploy configuration.` and `Create environment operation is complete, but with errors...`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from dockdj.localcloud.measures import NO_TRAFFIC, Load, Traffic


class Policy(StrEnum):
    """Deployment policies."""

    ALL_AT_ONCE = "AllAtOnce"
    ROLLING = "Rolling"
    ROLLING_WITH_ADDITIONAL_BATCH = "RollingWithAdditionalBatch"
    IMMUTABLE = "Immutable"
    TRAFFIC_SPLITTING = "TrafficSplitting"


class UpdateType(StrEnum):
    """Types of configuration updates."""

    TIME = "Time"
    HEALTH = "Health"
    IMMUTABLE = "Immutable"


@dataclass(frozen=True)
class Batch:
    """The size of a batch: a number of instances, or a percentage of them."""

    size: int
    percentage: bool = False

    def of(self, instances: int) -> int:
        """The number of instances in one batch: at least one, at most all. Percentages are rounded down."""
        return max(1, min(instances * self.size // 100 if self.percentage else self.size, instances))


@dataclass(frozen=True)
class Update:
    """The options of configuration updates that need new instances."""

    enabled: bool = False
    """Replace the instances batch by batch, not all at once. Immutable updates do not need it."""
    type: UpdateType = UpdateType.TIME
    max_batch: int = 1
    min_in_service: int = 1
    """Instances that keep serving during the update."""
    pause_seconds: float = 0
    """The pause after a batch, with the type Time."""
    timeout_seconds: float = 1800
    """The time that a batch has to become healthy, with the type Health."""


class Platform(StrEnum):
    """Kinds of source bundles: Compose files, or ECS's Dockerrun.aws.json of version 2."""

    DOCKER = "Docker"
    ECS = "ECS"


class Severity(StrEnum):
    """Severities of events, the least severe first."""

    TRACE = "TRACE"
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"
    FATAL = "FATAL"


class HealthStatus(StrEnum):
    """Statuses of enhanced health. Instances are only ever NoData, Pending, Ok, Degraded or Severe."""

    NO_DATA = "NoData"
    UNKNOWN = "Unknown"
    PENDING = "Pending"
    OK = "Ok"
    INFO = "Info"
    WARNING = "Warning"
    DEGRADED = "Degraded"
    SEVERE = "Severe"
    SUSPENDED = "Suspended"


class Life(StrEnum):
    """The state of an instance's machine, whatever its application does."""

    ANSWERS = "answers"
    SILENT = "silent"
    """It runs, but it or its Docker daemon does not answer."""
    STOPPED = "stopped"


class LogKind(StrEnum):
    """Kinds of requests for an instance's logs."""

    TAIL = "tail"
    """The last 100 lines of each file."""
    BUNDLE = "bundle"
    """All of them, in a zip file."""


Emit = Callable[[Severity, str], None]


@dataclass(frozen=True)
class Progress:
    """The front's part in a running operation."""

    proceed: Callable[[], None]
    """Called between the steps of an operation and while it waits. Raises an exception, which must pass, to stop it."""
    adopt: Callable[[str], None]
    """Store that from now on the instances of this group, with the new version and options, are the environment."""


UNWATCHED = Progress(lambda: None, lambda group: None)


class DeploymentFailed(Exception):
    """The environment did not reach the requested state. Events have already told why.

    A failed launch keeps its balancer and instances, as on Elastic Beanstalk; `port` is then the balancer's.
    """

    def __init__(self, message: str = "", *, port: int | None = None) -> None:
        super().__init__(message)
        self.port = port


class SecretUnavailable(Exception):
    """A secret or a parameter that an environment property names cannot be read. The text contains no value."""


class Secrets(Protocol):
    """The values of secrets and parameters, and the keys of instances."""

    def identity(self, instance_id: str) -> Mapping[str, str | int]:
        """The key of an instance, its profile, region and account, and the API's port."""
        ...

    def values(self, references: Mapping[str, str]) -> Mapping[str, str]:
        """The value of each environment property, by its ARN. Raises SecretUnavailable."""
        ...


@dataclass(frozen=True)
class Spec:
    """Everything that an environment's machines need to know about it."""

    environment_id: str
    """`e-` and ten letters or digits; names of containers, volumes and networks derive from it."""
    name: str
    application: str
    min_size: int
    """The number of instances, which scaling changes between MinSize and MaxSize."""
    policy: Policy
    batch: Batch
    command_timeout: int
    """Seconds that the commands of a deployment may take on one instance."""
    health_path: str
    health_codes: frozenset[int]
    health_interval: int
    """Seconds between two health checks of one instance."""
    healthy_threshold: int
    """Consecutive successful checks before an instance gets traffic."""
    deregistration_delay: int
    """Seconds that open connections get when an instance leaves the balancer."""
    variables: Mapping[str, str] = field(repr=False)
    """Environment properties."""
    port: int | None
    """Host port of the load balancer, once known."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Environment properties whose values are secrets or parameters: the ARN of each."""
    platform: Platform = Platform.DOCKER
    platform_version: str = "4.6.0"
    sticky_seconds: int = 0
    """How long the balancer's cookie binds a client to one instance; 0 without such a cookie."""
    balancer: str = ""
    """The id in the name of the balancer's container; empty for this environment's own. A swap exchanges them."""
    group: str = ""
    """The group of the environment's instances. Instances of other groups are temporary, or replaced ones."""
    machine: str = ""
    """A hash of the options whose change needs new instances."""
    update: Update = Update()
    ignore_health: bool = False
    """Instances that fail their health checks do not fail a deployment."""
    health_threshold: HealthStatus = HealthStatus.OK
    """The worst health with which an instance of a deployment counts as healthy."""
    new_version_percent: int = 10
    """The part of the requests that a new version gets while it is evaluated."""
    evaluation_seconds: float = 300

    @property
    def balancer_id(self) -> str:
        """The id in the name and the labels of the balancer's container."""
        return self.balancer or self.environment_id


@dataclass(frozen=True)
class Deployment:
    """An application version on its way to the instances."""

    id: int
    version_label: str
    bundle: Path
    """The source bundle, a zip file."""


@dataclass(frozen=True)
class InstanceState:
    """The state of one instance, as its health agent would report it."""

    id: str
    """`i-` and seventeen hexadecimal digits."""
    status: HealthStatus
    version_label: str
    deployment_id: int
    causes: tuple[str, ...]
    launched_at: str
    """ISO 8601, UTC."""
    life: Life = Life.ANSWERS
    traffic: Traffic = field(default=NO_TRAFFIC, compare=False)
    load: Load | None = field(default=None, compare=False)
    """None if the instance does not report it."""


@dataclass(frozen=True)
class Observation:
    """An environment's machines at one moment."""

    instances: tuple[InstanceState, ...]
    """Oldest first."""
    traffic: Traffic = NO_TRAFFIC
    """All requests to the environment, also those that no instance answered."""


class Operations(Protocol):
    """Operations on environments.

    Each call blocks until the operation is complete. Callers run one operation per environment at a time.
    """

    def launch(self, spec: Spec, deployment: Deployment, emit: Emit) -> int:
        """Create balancer and instances, deploy, and return the balancer's host port. Raises DeploymentFailed."""
        ...

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        """Deploy another version to the instances. Raises DeploymentFailed; see `platform.course` for what remains."""
        ...

    def configure(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        """Apply changed variables, size and health options with the running version. Raises DeploymentFailed."""
        ...

    def restore(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        """Undo an update that was stopped at any step: the environment runs this deployment only.

        Raises DeploymentFailed.
        """
        ...

    def restart(self, spec: Spec, emit: Emit) -> None:
        """Restart the containers of the running version on all instances at once. Raises DeploymentFailed."""
        ...

    def rewire(self, spec: Spec, emit: Emit) -> None:
        """Let the environment's balancer send its requests to the environment's instances. Raises DeploymentFailed."""
        ...

    def terminate(self, spec: Spec, emit: Emit) -> None:
        """Remove all containers and volumes of the environment. A repeated call has no effect."""
        ...

    def observe(self, spec: Spec) -> Observation:
        """The instances with their load and their requests."""
        ...

    def resize(self, spec: Spec, deployment: Deployment, dead: Collection[str], emit: Emit) -> None:
        """Remove dead instances, by id, then add or remove instances until their number is that of the spec.

        New ones get the running version, and traffic once they are healthy. Raises DeploymentFailed.
        """
        ...

    def logs(self, spec: Spec, kind: LogKind) -> Mapping[str, bytes]:
        """The logs of each running instance, by its id: a text, or a zip file. Raises DeploymentFailed."""
        ...

    def start(self, spec: Spec, deployment: Deployment) -> int:
        """Start the instances that a stop of the cloud or a reboot stopped, with the version they had.

        Returns the balancer's host port: `spec.port`, or another one if that is taken. Raises DeploymentFailed if
        containers are missing.
        """
        ...


class Databases(Protocol):
    """The databases that stand in for RDS."""

    def database_url(self, name: str) -> str:
        """`postgres://user:password@host:port/name`: always the same URL. A missing database is created."""
        ...
