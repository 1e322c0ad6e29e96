"""What Elastic Beanstalk says about an environment, as values."""

from dataclasses import dataclass

READY = "Ready"
GONE = ("Terminated",)

# Event texts that end an update badly; the words are Elastic Beanstalk's (as its own `eb` client matches them).
FAILURES = (
    "Failed to deploy application.",
    "Failed to deploy configuration.",
    "Failed to launch environment.",
    "Create environment operation is complete, but with errors",
    "Update environment operation is complete, but with errors",
    "The environment was reverted to the previous configuration setting.",
)


@dataclass(frozen=True)
class InstanceHealth:
    """A machine of an environment: its health in words, and the version label deployed on it."""

    id: str
    health: str
    label: str
    causes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environment:
    """An environment: `status` is its life cycle's, `health` a colour, `label` the version it should run."""

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
        """Whether every machine runs this version label, and is well."""
        return (
            self.label == label
            and self.health == "Green"
            and all(instance.label == label and instance.health in ("Ok", "Info") for instance in self.instances)
        )


@dataclass(frozen=True)
class EnvironmentEvent:
    """A line of an environment's event stream; `when` is ISO 8601, UTC."""

    when: str
    severity: str
    message: str

    @property
    def failed(self) -> bool:
        """Whether this event ends an operation badly."""
        return self.message.startswith(FAILURES)
