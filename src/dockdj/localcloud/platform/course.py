"""The course of a deployment: the steps of each policy, and what a failure leaves behind.

Sources in the developer guide: "Deployment policies and settings", "Immutable environment updates" and "Elastic
Beanstalk rolling environment configuration updates".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dockdj.localcloud.contract import Batch, Policy, Update, UpdateType

Members = tuple[str, ...]
"""Instances by their place: `old-1` is the oldest one when the deployment begins, `new-1` the first one it launches."""
BATCHED = (Policy.ROLLING, Policy.ROLLING_WITH_ADDITIONAL_BATCH)


class Action(StrEnum):
    """The kinds of steps."""

    LAUNCH = "launch"
    """Start instances that belong to the environment."""
    LAUNCH_TEMPORARILY = "launch temporarily"
    """Start instances that belong to the environment only after they are adopted."""
    DRAIN = "drain"
    """Take instances out of the load balancer and let their requests end."""
    DEPLOY = "deploy"
    WEIGH = "weigh"
    """Give the new instances a percentage of the requests."""
    REGISTER = "register"
    """Give traffic to instances that pass the health checks."""
    EVALUATE = "evaluate"
    """Watch the health of the new instances for some time."""
    PAUSE = "pause"
    ADOPT = "adopt"
    """From now on, these instances are the environment, with the new version. The deployment cannot fail any more."""
    REMOVE = "remove"
    """Drain instances and terminate them."""


@dataclass(frozen=True)
class Step:
    """One step of a course."""

    action: Action
    members: Members
    batch: int = 1
    percent: int = 0
    """The part of the requests that the new instances get, for WEIGH."""
    seconds: float | None = None
    """The duration of EVALUATE and PAUSE. For REGISTER the time limit; None for that of deployments."""
    health_required: bool = True
    """Unhealthy instances fail REGISTER."""

    @property
    def launched(self) -> bool:
        """Tell if the step concerns instances that the course launches."""
        return bool(self.members) and self.members[0].startswith("new-")


@dataclass(frozen=True)
class Plan:
    """The options that decide the course of a deployment."""

    policy: Policy
    instances: int
    batch: Batch
    new_version_percent: int = 10
    evaluation_seconds: float = 300


@dataclass(frozen=True)
class Replacement:
    """The numbers that decide the course of a configuration update that replaces instances."""

    update: Update
    outdated: int
    current: int = 0
    """The instances that already have the new configuration."""


class Fault(StrEnum):
    """The steps at which a batch can fail."""

    COMMAND = "command"
    HEALTH = "health"
    EVALUATION = "evaluation"


@dataclass(frozen=True)
class Failure:
    """The batch that fails, and its step."""

    batch: int
    fault: Fault


@dataclass(frozen=True)
class Ending:
    """The executed steps of a deployment, and the instances that remain, by their version."""

    steps: tuple[Step, ...]
    old: int
    new: int
    failed: int = 0
    """Instances on which the new version failed. They may run either version."""

    @property
    def mixed(self) -> bool:
        """Tell if the environment needs another deployment before all its instances run one version."""
        return bool(self.failed or (self.old and self.new))


FAILING = {Fault.COMMAND: Action.DEPLOY, Fault.HEALTH: Action.REGISTER, Fault.EVALUATION: Action.EVALUATE}


def deployment(plan: Plan) -> tuple[Step, ...]:
    """The course of a deployment of another version. The policy of configuration updates has no influence."""
    old = _members("old", plan.instances)
    match plan.policy:
        case Policy.ALL_AT_ONCE:
            return all_at_once(plan.instances)
        case Policy.ROLLING:
            return _rolling(old, plan.batch)
        case Policy.ROLLING_WITH_ADDITIONAL_BATCH:
            return _with_additional_batch(old, plan.batch)
        case Policy.IMMUTABLE:
            return immutable(plan.instances)
        case Policy.TRAFFIC_SPLITTING:
            return _traffic_splitting(old, plan)


def in_place(plan: Plan) -> tuple[Step, ...]:
    """The course of a return to the version before, without new instances."""
    if plan.policy in BATCHED:
        return _rolling(_members("old", plan.instances), plan.batch)
    return all_at_once(plan.instances)


def configuration(plan: Plan, update: Update) -> tuple[Step, ...]:
    """The course of a change that existing instances can take, such as another environment property.

    Policies for new instances have no batches in place, so that those of configuration updates count.
    """
    if update.type == UpdateType.IMMUTABLE:
        return immutable(plan.instances)
    if plan.policy in (Policy.ALL_AT_ONCE, *BATCHED):
        return deployment(plan)
    if update.enabled:
        return _rolling(_members("old", plan.instances), Batch(update.max_batch))
    return all_at_once(plan.instances)


def replacement(case: Replacement) -> tuple[Step, ...]:
    """The course of a change that needs new instances, such as another instance type."""
    update, old = case.update, _members("old", case.outdated)
    if update.type == UpdateType.IMMUTABLE:
        return immutable(case.outdated)
    if not update.enabled:
        return tuple(_replaced_batch(old, 1, replace(update, type=UpdateType.HEALTH), launch_first=True))
    dispensable = case.outdated + case.current - update.min_in_service
    size = max(1, min(update.max_batch, dispensable) if dispensable > 0 else update.max_batch)
    steps: list[Step] = []
    for number, batch in enumerate(_batches(old, size), start=1):
        steps += _replaced_batch(batch, number, update, launch_first=len(batch) > dispensable)
    return tuple(steps)


def all_at_once(instances: int) -> tuple[Step, ...]:
    """Deploy to instances that stay in the load balancer."""
    old = _members("old", instances)
    return Step(Action.DEPLOY, old), Step(Action.REGISTER, old)


def immutable(instances: int) -> tuple[Step, ...]:
    """Launch one instance and then the others, move all of them at once, and terminate the old instances."""
    old, new = _members("old", instances), _members("new", instances)
    steps: list[Step] = []
    for number, group in enumerate((new[:1], new[1:]), start=1):
        if group:
            steps += _launched(group, number)
    return *steps, Step(Action.ADOPT, new, len(steps) // 3), Step(Action.REMOVE, old, len(steps) // 3)


def after_failure(executed: Sequence[Step]) -> tuple[Step, ...]:
    """The steps that follow a failure of the last of these steps: those that serve nothing yet are terminated."""
    if any(step.action == Action.ADOPT for step in executed):
        return ()
    batch = executed[-1].batch if executed else 1
    replaced = any(step.action == Action.REMOVE and step.batch == batch for step in executed)
    temporary = tuple(
        name
        for step in executed
        for name in step.members
        if step.action == Action.LAUNCH_TEMPORARILY
        or (step.action == Action.LAUNCH and step.batch == batch and not replaced)
    )
    back = [Step(Action.WEIGH, temporary, batch)] if any(step.action == Action.WEIGH for step in executed) else []
    return *back, *([Step(Action.REMOVE, temporary, batch)] if temporary else ())


def ending(steps: Sequence[Step], failure: Failure | None = None, *, ignore_health: bool = False) -> Ending:
    """The end of a course. With `ignore_health`, health checks fail no batch. Raises ValueError for a missing batch."""
    members = {name for step in steps for name in step.members if name.startswith("old-")}
    versions = dict.fromkeys(sorted(members), "old")
    executed = list(steps)
    if failure is not None and not (ignore_health and failure.fault != Fault.COMMAND):
        point = _failing(steps, failure)
        executed = [*steps[: point + 1], *after_failure(steps[: point + 1])]
        _apply(steps[:point], versions)
        versions |= dict.fromkeys(steps[point].members, "failed")
        _apply(executed[point + 1 :], versions)
    else:
        _apply(executed, versions)
    counts = list(versions.values())
    return Ending(tuple(executed), counts.count("old"), counts.count("new"), counts.count("failed"))


def _apply(steps: Sequence[Step], versions: dict[str, str]) -> None:
    for step in steps:
        if step.action == Action.DEPLOY:
            versions |= dict.fromkeys(step.members, "new")
        elif step.action == Action.REMOVE:
            for name in step.members:
                versions.pop(name, None)


def _failing(steps: Sequence[Step], failure: Failure) -> int:
    for index, step in enumerate(steps):
        if step.batch == failure.batch and step.action == FAILING[failure.fault]:
            return index
    raise ValueError(f"the course has no {failure.fault} in batch {failure.batch}")


def _rolling(old: Members, batch: Batch, *, first: int = 1) -> tuple[Step, ...]:
    """Deploy batch by batch. The first batch has the number `first`."""
    groups = enumerate(_batches(old, batch.of(len(old))), start=first)
    return tuple(step for number, group in groups for step in _batch_in_place(group, number))


def _with_additional_batch(old: Members, batch: Batch) -> tuple[Step, ...]:
    """Launch one more batch with the new version, deploy to the others, and terminate the additional batch."""
    extra = _members("new", batch.of(len(old)))
    steps = (*_launched(extra, 1), *_rolling(old, batch, first=2))
    last = steps[-1].batch
    return *steps, Step(Action.ADOPT, old, last), Step(Action.REMOVE, extra, last)


def _traffic_splitting(old: Members, plan: Plan) -> tuple[Step, ...]:
    """Give a whole new fleet a part of the requests for some time, and then all of them."""
    new = _members("new", len(old))
    launch, deploy, register = _launched(new, 1)
    return (
        launch,
        deploy,
        Step(Action.WEIGH, new, percent=plan.new_version_percent),
        register,
        Step(Action.EVALUATE, new, seconds=plan.evaluation_seconds),
        Step(Action.WEIGH, new, percent=100),
        Step(Action.ADOPT, new),
        Step(Action.REMOVE, old),
    )


def _launched(new: Members, batch: int) -> tuple[Step, Step, Step]:
    """The first steps of temporary instances."""
    return (
        Step(Action.LAUNCH_TEMPORARILY, new, batch),
        Step(Action.DEPLOY, new, batch),
        Step(Action.REGISTER, new, batch),
    )


def _batch_in_place(group: Members, batch: int) -> tuple[Step, ...]:
    return Step(Action.DRAIN, group, batch), Step(Action.DEPLOY, group, batch), Step(Action.REGISTER, group, batch)


def _replaced_batch(old: Members, batch: int, update: Update, *, launch_first: bool) -> Iterator[Step]:
    """Replace a batch of instances. If too few others would remain, the new ones are launched first."""
    new = tuple(name.replace("old-", "new-") for name in old)
    remove = Step(Action.REMOVE, old, batch)
    by_health = update.type == UpdateType.HEALTH
    if not launch_first:
        yield remove
    yield Step(Action.LAUNCH, new, batch)
    yield Step(Action.DEPLOY, new, batch)
    limit = update.timeout_seconds if by_health and update.enabled else None
    yield Step(Action.REGISTER, new, batch, seconds=limit, health_required=by_health)
    if not by_health and update.pause_seconds:
        yield Step(Action.PAUSE, new, batch, seconds=update.pause_seconds)
    if launch_first:
        yield remove


def _batches(members: Members, size: int) -> list[Members]:
    """Consecutive groups of at most `size` instances."""
    return [members[start : start + size] for start in range(0, len(members), size)]


def _members(fleet: str, count: int) -> Members:
    return tuple(f"{fleet}-{number}" for number in range(1, count + 1))
