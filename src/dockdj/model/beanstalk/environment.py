"""The state of an environment, as Elastic Beanstalk reports it."""

from dataclasses import dataclass

READY = "Ready"
LAUNCHING = "Launching"
GONE = ("Terminated",)

# Texts of events that report a failed operation. Amazon's `eb` client matches the same texts.
FAILURES = (
    "Failed to deploy application.",
    "Failed to deploy configuration.",
    "Failed to launch environment.",
    "Create environment operation is complete, but with errors",
    "Update environment operation is complete, but with errors",
    "The environment was reverted to the previous configuration setting.",
)


SAMPLE = "Sample Application"
"""The label of the platform's sample application."""


@dataclass(frozen=True)
class HealthCheck:
    """The load balancer's health check: its path, and the codes that mean healthy."""

    path: str
    codes: str


SAMPLE_CHECK = HealthCheck("/", "200")
"""The health check that the sample application passes: it answers 404 to every other path."""


@dataclass(frozen=True)
class InstanceHealth:
    """An instance of an environment: its health in words, and the version label deployed on it."""

    id: str
    health: str
    label: str
    causes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environment:
    """An environment. `status` is of its life cycle, `health` is a colour, `label` is the version it should run."""

    id: str
    name: str
    status: str
    health: str
    label: str
    address: str
    instances: tuple[InstanceHealth, ...] = ()

    @property
    def url(self) -> str:
        return f"http://{self.address}/" if self.address else ""

    def runs(self, label: str) -> bool:
        """True if every instance runs this version label and is healthy."""
        return (
            self.label == label
            and self.health == "Green"
            and all(instance.label == label and instance.health in ("Ok", "Info") for instance in self.instances)
        )


@dataclass(frozen=True)
class EnvironmentEvent:
    """An event of an environment. `when` is ISO 8601, UTC."""

    when: str
    severity: str
    message: str

    @property
    def failed(self) -> bool:
        """True if this event reports a failed operation."""
        return self.message.startswith(FAILURES)
