"""The texts of the events before and after each step of a deployment.

Texts for batches and immutable updates are Elastic Beanstalk's. Those for traffic splitting and for the replacement of
instances are this cloud's own, because no public source shows Elastic Beanstalk's.
"""

from collections.abc import Sequence
from enum import Enum, auto

from dockdj.localcloud.platform.course import Action, Step


class Style(Enum):
    """The kinds of courses that have different events."""

    PLAIN = auto()
    """All instances at once."""
    BATCHES = auto()
    IMMUTABLE = auto()
    SPLITTING = auto()
    REPLACEMENT = auto()


def style(steps: Sequence[Step]) -> Style:
    """The style of a course."""
    actions = {step.action for step in steps}
    if Action.WEIGH in actions:
        return Style.SPLITTING
    if Action.LAUNCH in actions:
        return Style.REPLACEMENT
    if Action.DRAIN in actions:
        return Style.BATCHES
    return Style.IMMUTABLE if Action.ADOPT in actions else Style.PLAIN


def before(step: Step, kind: Style, ids: Sequence[str], group: str) -> tuple[str, ...]:
    """The events before a step with these instances. `group` is the temporary group of new ones."""
    prefix, inside = f"Batch {step.batch}: ", f"({', '.join(ids)})"
    match kind, step.action:
        case Style.BATCHES, Action.DRAIN:
            return (
                f"{prefix}Starting application deployment on instance(s) {bracketed(ids)}.",
                f"{prefix}De-registering instance(s) from the load balancer and waiting for them to go out of service.",
            )
        case Style.BATCHES, Action.DEPLOY:
            return (f"{prefix}Starting application deployment command execution.",)
        case Style.BATCHES, Action.REGISTER:
            return (f"{prefix}Registering instance(s) with the load balancer and waiting for them to be healthy.",)
        case ((Style.IMMUTABLE | Style.SPLITTING), Action.LAUNCH_TEMPORARILY):
            return _new_group(step, kind, group)
        case ((Style.IMMUTABLE | Style.SPLITTING), Action.REGISTER):
            return (
                f"Adding new instance(s) {inside} to the load balancer.",
                f"Waiting for instance(s) {inside} to pass health checks.",
            )
        case Style.SPLITTING, Action.EVALUATE:
            return (f"Evaluating the health of the new instance(s) {inside} for {minutes(step.seconds or 0)}.",)
        case Style.SPLITTING, Action.WEIGH:
            return (f"Forwarding {step.percent} percent of the requests to the new instance(s).",)
        case _, Action.PAUSE:
            return (f"{prefix}Pausing for {step.seconds or 0:g} seconds.",)
        case ((Style.IMMUTABLE | Style.SPLITTING), Action.REMOVE):
            return _removal(step)
    return ()


def after(step: Step, kind: Style, ids: Sequence[str], group: str) -> tuple[str, ...]:
    """The events after a step that has succeeded."""
    prefix, inside = f"Batch {step.batch}: ", f"({', '.join(ids)})"
    match kind, step.action:
        case Style.BATCHES, Action.DEPLOY:
            return (f"{prefix}Completed application deployment command execution.",)
        case Style.BATCHES, Action.REGISTER:
            return (f"{prefix}Completed application deployment.",)
        case (Style.BATCHES, Action.LAUNCH_TEMPORARILY) | (_, Action.LAUNCH):
            return (f"Added instance {bracketed(ids)} to your environment.",)
        case ((Style.BATCHES | Style.REPLACEMENT), Action.REMOVE):
            return (f"Removed instance {bracketed(ids)} from your environment.",)
        case ((Style.IMMUTABLE | Style.SPLITTING), Action.ADOPT):
            return (
                "Successfully launched all instances.",
                f"Detached new instance(s) {inside} from temporary auto scaling group {group}.",
                f"Attached new instance(s) {inside} to the permanent auto scaling group.",
                "Starting post-deployment configuration on new instances.",
            )
    return ()


def bracketed(ids: Sequence[str]) -> str:
    """Instance ids in the format of events."""
    return f"[{', '.join(ids)}]"


def minutes(seconds: float) -> str:
    """A duration as a text."""
    return f"{seconds / 60:g} minutes" if seconds >= 60 else f"{seconds:g} seconds"


def _new_group(step: Step, kind: Style, group: str) -> tuple[str, ...]:
    created = f"Created temporary auto scaling group {group}."
    if kind == Style.SPLITTING:
        return ("Traffic splitting deployment policy enabled. Launching a full set of new instances.", created)
    if step.batch > 1:
        return ("Test instance passed health checks. Launching remaining new instances.",)
    launching = "Launching one instance with the new settings to verify health."
    return (f"Immutable deployment policy enabled. {launching}", created)


def _removal(step: Step) -> tuple[str, ...]:
    if step.launched:
        return ("Deployment failed. Terminating new instances and temporary Auto Scaling group.",)
    return ("Deployment succeeded. Terminating old instances and temporary Auto Scaling group.",)
