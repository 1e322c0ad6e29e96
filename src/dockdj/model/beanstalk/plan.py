"""A deployment plan: steps, each with the reason why it is needed. A plan prints itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from dockdj.model.beanstalk.environment import READY, SAMPLE, SAMPLE_CHECK, Environment, HealthCheck


@dataclass(frozen=True)
class WaitUntilReady:
    """Wait until the environment has ended its current operation."""

    environment: str
    why: str

    def __str__(self) -> str:
        return f"wait for {self.environment}"


@dataclass(frozen=True)
class RegisterVersion:
    """Upload the bundle and register it as a version of the application."""

    label: str
    why: str

    def __str__(self) -> str:
        return f"register {self.label}"


@dataclass(frozen=True)
class SetHealthCheck:
    """Change the load balancer's health check from the sample application's to the project's."""

    environment: str
    check: HealthCheck
    why: str

    def __str__(self) -> str:
        return f"check {self.environment} at {self.check.path}"


@dataclass(frozen=True)
class UpdateEnvironment:
    """Update the environment to a version, by its deployment policy."""

    environment: str
    label: str
    why: str

    def __str__(self) -> str:
        return f"run {self.label} on {self.environment}"


Step = WaitUntilReady | RegisterVersion | SetHealthCheck | UpdateEnvironment


@dataclass(frozen=True)
class Plan:
    """The steps to take, in order."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        width = max((len(str(step)) for step in self.steps), default=0)
        return "\n".join(f"{step!s:<{width}}   {step.why}" for step in self.steps)


@dataclass(frozen=True)
class Observed:
    """The state before a deployment: the environment, and whether the platform has a version of the label.

    `health_check` is the project's.
    """

    environment: Environment
    registered: bool
    health_check: HealthCheck = SAMPLE_CHECK


def plan_deploy(label: str, observed: Observed) -> Plan:
    """Decide the steps after which every instance runs `label`; no steps when every instance already does."""
    return Plan(tuple(_steps(label, observed)))


def _steps(label: str, observed: Observed) -> Iterator[Step]:
    environment = observed.environment
    if environment.status != READY:
        yield WaitUntilReady(environment.name, f"it is {environment.status.lower()}")
    if not observed.registered:
        yield RegisterVersion(label, "not on the platform yet")
    if environment.label == SAMPLE and observed.health_check != SAMPLE_CHECK:
        yield SetHealthCheck(environment.name, observed.health_check, f"{SAMPLE} answers {SAMPLE_CHECK.path} only")
    if not (environment.status == READY and environment.runs(label)):
        yield UpdateEnvironment(environment.name, label, _difference(label, environment))


def _difference(label: str, environment: Environment) -> str:
    if environment.label != label:
        return f"it runs {environment.label or 'nothing'}"
    others = [instance for instance in environment.instances if instance.label != label]
    if others:
        return f"{len(others)} of {len(environment.instances)} instances run {others[0].label or 'nothing'}"
    return f"its health is {environment.health}"
