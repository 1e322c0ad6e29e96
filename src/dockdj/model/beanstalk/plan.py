"""A deployment as data: steps, each with the reason why it is needed. A plan prints itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from dockdj.model.beanstalk.environment import READY, Environment


@dataclass(frozen=True)
class WaitUntilReady:
    """Wait for what the environment is doing already."""

    environment: str
    why: str

    def __str__(self) -> str:
        return f"wait for {self.environment}"


@dataclass(frozen=True)
class RegisterVersion:
    """Upload the bundle and make it a version of the application."""

    label: str
    why: str

    def __str__(self) -> str:
        return f"register {self.label}"


@dataclass(frozen=True)
class UpdateEnvironment:
    """Let the environment run a version, by its deployment policy."""

    environment: str
    label: str
    why: str

    def __str__(self) -> str:
        return f"run {self.label} on {self.environment}"


Step = WaitUntilReady | RegisterVersion | UpdateEnvironment


@dataclass(frozen=True)
class Plan:
    """The steps to take, in their order."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        width = max((len(str(step)) for step in self.steps), default=0)
        return "\n".join(f"{step!s:<{width}}   {step.why}" for step in self.steps)


@dataclass(frozen=True)
class Observed:
    """What a deployment meets: the environment, and whether the platform knows the label."""

    environment: Environment
    registered: bool


def plan_deploy(label: str, observed: Observed) -> Plan:
    """The way from what is to every machine running `label`. Empty when that is so already."""
    return Plan(tuple(_steps(label, observed)))


def _steps(label: str, observed: Observed) -> Iterator[Step]:
    environment = observed.environment
    if environment.status != READY:
        yield WaitUntilReady(environment.name, f"it is {environment.status.lower()}")
    if not observed.registered:
        yield RegisterVersion(label, "not on the platform yet")
    if not (environment.status == READY and environment.runs(label)):
        yield UpdateEnvironment(environment.name, label, _difference(label, environment))


def _difference(label: str, environment: Environment) -> str:
    if environment.label != label:
        return f"it runs {environment.label or 'nothing'}"
    others = [instance for instance in environment.instances if instance.label != label]
    if others:
        return f"{len(others)} of {len(environment.instances)} instances run {others[0].label or 'nothing'}"
    return f"its health is {environment.health}"
