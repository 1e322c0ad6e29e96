"""The course of each deployment policy and configuration update, and what remains after a failure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.localcloud.contract import Batch, Policy, Update, UpdateType
from dockdj.localcloud.platform.course import (
    Action,
    Ending,
    Failure,
    Fault,
    Plan,
    Replacement,
    Step,
    configuration,
    deployment,
    ending,
    replacement,
)

ONE, HALF, ALL = Batch(1), Batch(50, percentage=True), Batch(100, percentage=True)
ALL_AT_ONCE, ROLLING, ADDITIONAL = Policy.ALL_AT_ONCE, Policy.ROLLING, Policy.ROLLING_WITH_ADDITIONAL_BATCH
IMMUTABLE, SPLITTING = Policy.IMMUTABLE, Policy.TRAFFIC_SPLITTING


def text(steps: tuple[Step, ...]) -> list[str]:
    """Steps as short texts: `drain old-1 old-2`."""
    return [
        " ".join((step.action, *step.members))
        + (f" {step.percent}%" if step.action == Action.WEIGH else "")
        + (f" {step.seconds:g}s" if step.seconds is not None else "")
        for step in steps
    ]


def batch(*members: str) -> list[str]:
    """The steps of a batch in place."""
    names = " ".join(members)
    return [f"drain {names}", f"deploy {names}", f"register {names}"]


def launched(*members: str) -> list[str]:
    """The first steps of temporary instances."""
    names = " ".join(members)
    return [f"launch temporarily {names}", f"deploy {names}", f"register {names}"]


@pytest.mark.parametrize(
    ("policy", "size", "instances", "steps"),
    [
        (ALL_AT_ONCE, ONE, 2, ["deploy old-1 old-2", "register old-1 old-2"]),
        (ROLLING, ONE, 2, [*batch("old-1"), *batch("old-2")]),
        (ROLLING, HALF, 3, [*batch("old-1"), *batch("old-2"), *batch("old-3")]),
        (ROLLING, Batch(2), 3, [*batch("old-1", "old-2"), *batch("old-3")]),
        (ROLLING, Batch(9), 2, batch("old-1", "old-2")),
        (ROLLING, Batch(30, percentage=True), 1, batch("old-1")),
        (
            ADDITIONAL,
            HALF,
            4,
            [
                *launched("new-1", "new-2"),
                *batch("old-1", "old-2"),
                *batch("old-3", "old-4"),
                "adopt old-1 old-2 old-3 old-4",
                "remove new-1 new-2",
            ],
        ),
        (
            ADDITIONAL,
            ALL,
            2,
            [*launched("new-1", "new-2"), *batch("old-1", "old-2"), "adopt old-1 old-2", "remove new-1 new-2"],
        ),
        (
            IMMUTABLE,
            ONE,
            3,
            [
                *launched("new-1"),
                *launched("new-2", "new-3"),
                "adopt new-1 new-2 new-3",
                "remove old-1 old-2 old-3",
            ],
        ),
        (IMMUTABLE, ALL, 1, [*launched("new-1"), "adopt new-1", "remove old-1"]),
        (
            SPLITTING,
            ONE,
            2,
            [
                "launch temporarily new-1 new-2",
                "deploy new-1 new-2",
                "weigh new-1 new-2 10%",
                "register new-1 new-2",
                "evaluate new-1 new-2 300s",
                "weigh new-1 new-2 100%",
                "adopt new-1 new-2",
                "remove old-1 old-2",
            ],
        ),
    ],
)
def test_steps_of_each_policy(policy: Policy, size: Batch, instances: int, steps: list[str]) -> None:
    assert text(deployment(Plan(policy, instances, size))) == steps


COMMAND, HEALTH, EVALUATION = Fault.COMMAND, Fault.HEALTH, Fault.EVALUATION


@pytest.mark.parametrize(
    ("policy", "size", "failure", "remains", "last"),
    [
        # A mixed fleet, or one on which the new version failed: another deployment is needed.
        (ALL_AT_ONCE, ONE, Failure(1, COMMAND), (0, 0, 4), "deploy old-1 old-2 old-3 old-4"),
        (ALL_AT_ONCE, ONE, Failure(1, HEALTH), (0, 0, 4), "register old-1 old-2 old-3 old-4"),
        (ROLLING, HALF, Failure(1, COMMAND), (2, 0, 2), "deploy old-1 old-2"),
        (ROLLING, HALF, Failure(2, HEALTH), (0, 2, 2), "register old-3 old-4"),
        (ROLLING, ONE, Failure(3, COMMAND), (1, 2, 1), "deploy old-3"),
        (ADDITIONAL, HALF, Failure(2, COMMAND), (2, 0, 2), "remove new-1 new-2"),
        (ADDITIONAL, HALF, Failure(3, HEALTH), (0, 2, 2), "remove new-1 new-2"),
        # The old version serves as if nothing had happened.
        (ADDITIONAL, HALF, Failure(1, COMMAND), (4, 0, 0), "remove new-1 new-2"),
        (ADDITIONAL, HALF, Failure(1, HEALTH), (4, 0, 0), "remove new-1 new-2"),
        (IMMUTABLE, ONE, Failure(1, COMMAND), (4, 0, 0), "remove new-1"),
        (IMMUTABLE, ONE, Failure(1, HEALTH), (4, 0, 0), "remove new-1"),
        (IMMUTABLE, ONE, Failure(2, HEALTH), (4, 0, 0), "remove new-1 new-2 new-3 new-4"),
        (SPLITTING, ONE, Failure(1, COMMAND), (4, 0, 0), "remove new-1 new-2 new-3 new-4"),
        (SPLITTING, ONE, Failure(1, HEALTH), (4, 0, 0), "remove new-1 new-2 new-3 new-4"),
        (SPLITTING, ONE, Failure(1, EVALUATION), (4, 0, 0), "remove new-1 new-2 new-3 new-4"),
    ],
)
def test_remains_of_a_failure(
    policy: Policy, size: Batch, failure: Failure, remains: tuple[int, int, int], last: str
) -> None:
    end = ending(deployment(Plan(policy, 4, size)), failure)
    assert (end.old, end.new, end.failed) == remains
    assert end.mixed == (remains != (4, 0, 0))
    assert text(end.steps)[-1] == last


def test_failed_evaluation_first_gives_all_traffic_back() -> None:
    end = ending(deployment(Plan(SPLITTING, 1, ONE)), Failure(1, EVALUATION))
    assert text(end.steps)[-2:] == ["weigh new-1 0%", "remove new-1"]


@pytest.mark.parametrize("policy", Policy)
def test_ignored_health_check_fails_no_deployment(policy: Policy) -> None:
    steps = deployment(Plan(policy, 2, ONE))
    assert ending(steps, Failure(1, HEALTH), ignore_health=True) == Ending(steps, old=0, new=2)
    assert ending(steps, Failure(1, COMMAND), ignore_health=True) != ending(steps)


@given(st.sampled_from(Policy), st.integers(1, 12), st.integers(1, 100), st.booleans())
def test_successful_deployment_leaves_the_same_number_of_instances_with_the_new_version(
    policy: Policy, instances: int, size: int, percentage: bool
) -> None:
    end = ending(deployment(Plan(policy, instances, Batch(size, percentage))))
    assert (end.old, end.new, end.failed) == (0, instances, 0)


@given(st.sampled_from(Policy), st.integers(1, 12), st.integers(1, 100), st.data())
def test_failure_keeps_the_number_of_instances_and_loses_temporary_ones(
    policy: Policy, instances: int, size: int, data: st.DataObject
) -> None:
    steps = deployment(Plan(policy, instances, Batch(size)))
    points = [
        Failure(step.batch, fault)
        for step in steps
        for fault, action in ((COMMAND, Action.DEPLOY), (HEALTH, Action.REGISTER))
        if step.action == action
    ]
    end = ending(steps, data.draw(st.sampled_from(points)))
    assert end.old + end.new + end.failed == instances


def test_missing_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="no command in batch 2"):
        ending(deployment(Plan(ALL_AT_ONCE, 2, ONE)), Failure(2, COMMAND))


# Configuration updates.

IMMUTABLE_UPDATE = Update(type=UpdateType.IMMUTABLE)
BY_HEALTH = Update(enabled=True, type=UpdateType.HEALTH, timeout_seconds=60)
BY_TIME = Update(enabled=True, pause_seconds=5)


def test_rolling_deployment_with_an_immutable_configuration_policy_is_rolling() -> None:
    plan = Plan(ROLLING, 2, ONE)
    assert text(deployment(plan)) == [*batch("old-1"), *batch("old-2")]
    assert configuration(plan, IMMUTABLE_UPDATE) == deployment(Plan(IMMUTABLE, 2, ONE))
    assert replacement(Replacement(IMMUTABLE_UPDATE, outdated=2)) == deployment(Plan(IMMUTABLE, 2, ONE))


@pytest.mark.parametrize(
    ("policy", "update", "same_as"),
    [
        (ROLLING, Update(), ROLLING),
        (ALL_AT_ONCE, BY_HEALTH, ALL_AT_ONCE),
        (ADDITIONAL, BY_HEALTH, ADDITIONAL),
        (IMMUTABLE, BY_HEALTH, ROLLING),
        (SPLITTING, BY_TIME, ROLLING),
        (IMMUTABLE, Update(), ALL_AT_ONCE),
        (SPLITTING, Update(), ALL_AT_ONCE),
        (ALL_AT_ONCE, IMMUTABLE_UPDATE, IMMUTABLE),
    ],
)
def test_change_in_place_follows_the_deployment_policy_that_has_batches(
    policy: Policy, update: Update, same_as: Policy
) -> None:
    assert configuration(Plan(policy, 3, ONE), update) == deployment(Plan(same_as, 3, ONE))


def fresh(*members: str, limit: str = "") -> list[str]:
    """The first steps of instances that replace others."""
    names = " ".join(members)
    return [f"launch {names}", f"deploy {names}", f"register {names}{limit}"]


@pytest.mark.parametrize(
    ("case", "steps"),
    [
        (Replacement(Update(), 2), [*fresh("new-1", "new-2"), "remove old-1 old-2"]),
        (
            Replacement(BY_HEALTH, 2),
            ["remove old-1", *fresh("new-1", limit=" 60s"), "remove old-2", *fresh("new-2", limit=" 60s")],
        ),
        (
            Replacement(BY_TIME, 2),
            ["remove old-1", *fresh("new-1"), "pause new-1 5s", "remove old-2", *fresh("new-2"), "pause new-2 5s"],
        ),
        # So many instances must keep serving that the new ones come first.
        (Replacement(Update(enabled=True, min_in_service=1), 1), [*fresh("new-1"), "remove old-1"]),
        (
            Replacement(Update(enabled=True, min_in_service=2, max_batch=2), 2),
            [*fresh("new-1", "new-2"), "remove old-1 old-2"],
        ),
        # A batch is smaller than MaxBatchSize if otherwise too few instances would serve.
        (
            Replacement(Update(enabled=True, min_in_service=1, max_batch=5), 3),
            ["remove old-1 old-2", *fresh("new-1", "new-2"), "remove old-3", *fresh("new-3")],
        ),
        # An update that failed half way: the other instances have the configuration already.
        (Replacement(Update(enabled=True, min_in_service=1), 1, current=1), ["remove old-1", *fresh("new-1")]),
    ],
)
def test_steps_of_an_update_that_replaces_instances(case: Replacement, steps: list[str]) -> None:
    assert text(replacement(case)) == steps


@pytest.mark.parametrize(
    ("update", "failure", "last"),
    [
        (Update(), Failure(1, HEALTH), "remove new-1 new-2"),
        (BY_HEALTH, Failure(2, HEALTH), "register new-2 60s"),
        (Update(enabled=True, min_in_service=2), Failure(2, COMMAND), "remove new-2"),
    ],
)
def test_failed_replacements_are_terminated_if_the_former_instances_still_serve(
    update: Update, failure: Failure, last: str
) -> None:
    assert text(ending(replacement(Replacement(update, 2)), failure).steps)[-1] == last


@given(st.integers(1, 9), st.integers(0, 9), st.integers(1, 9), st.integers(0, 12))
def test_enough_instances_serve_during_an_update(outdated: int, current: int, size: int, least: int) -> None:
    update = Update(enabled=True, type=UpdateType.HEALTH, max_batch=size, min_in_service=least)
    serving = outdated + current
    for step in replacement(Replacement(update, outdated, current)):
        serving += {Action.REGISTER: 1, Action.REMOVE: -1}.get(step.action, 0) * len(step.members)
        assert serving >= min(least, outdated + current)
    assert serving == outdated + current


def test_only_updates_by_health_fail_for_unhealthy_instances() -> None:
    def required(update: Update) -> set[bool]:
        steps = replacement(Replacement(update, 2))
        return {step.health_required for step in steps if step.action == Action.REGISTER}

    assert required(BY_HEALTH) == {True}
    assert required(BY_TIME) == {False}
