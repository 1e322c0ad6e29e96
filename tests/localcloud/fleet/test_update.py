"""Updates of instances in memory: what remains after each failure, and after a stop at every step."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dockdj.localcloud.contract import (
    Batch,
    Deployment,
    DeploymentFailed,
    HealthStatus,
    Policy,
    Progress,
    Severity,
    Spec,
    Update,
    UpdateType,
)
from dockdj.localcloud.fleet import rollout, update
from dockdj.localcloud.fleet.instance import Mode
from dockdj.localcloud.fleet.rollout import Rollout
from dockdj.localcloud.platform import course
from tests.localcloud.fleet.machines import Machines, stopping
from tests.localcloud.fleet.spec import SPEC

OLD = Deployment(1, "old", Path("bundle.zip"))
NEW = Deployment(2, "new", Path("bundle.zip"))
NEVER = 1000
BY_HEALTH = Update(enabled=True, type=UpdateType.HEALTH, min_in_service=2, timeout_seconds=0)


class Stopped(Exception):
    """Another operation has replaced the update."""


class Environment:
    """Three instances of the version `old`."""

    def __init__(self, patch: pytest.MonkeyPatch, **changes: Any) -> None:
        self.machines = Machines("x")
        self.machines.install(patch)
        patch.setattr(rollout, "health_seconds", lambda spec: 0)
        patch.setattr(update, "health_seconds", lambda spec: 0)
        plain = {"min_size": 3, "batch": Batch(1), "evaluation_seconds": 0, "new_version_percent": 25}
        self.spec = dataclasses.replace(SPEC, **{**plain, **changes})
        self.events: list[str] = []
        self.adopted = False
        added = self.machines.add_instances(self.spec, 3)
        self.rollout(OLD).run(course.all_at_once(3), added)
        self.machines.served.clear()

    def rollout(self, deployment: Deployment, step: int = NEVER, mode: Mode = Mode.APPLICATION) -> Rollout:
        progress = Progress(stopping(step, Stopped), self.adopt)
        return Rollout(self.spec, deployment, self.machines, self.emit, progress, mode)

    def emit(self, severity: Severity, text: str) -> None:
        self.events.append(text)

    def adopt(self, group: str) -> None:
        self.adopted = True
        self.spec = dataclasses.replace(self.spec, group=group)

    def deploy(self, deployment: Deployment, step: int = NEVER) -> None:
        update.deploy(self.rollout(deployment, step))

    def configure(self, step: int = NEVER, **changes: Any) -> Spec:
        """Change the spec, and return the one before."""
        before = self.spec
        self.spec = dataclasses.replace(self.spec, **changes)
        update.configure(self.rollout(OLD, step, Mode.CONFIGURATION), {})
        return before

    def restore(self, deployment: Deployment = OLD) -> None:
        update.restore(self.rollout(deployment), {})

    def versions(self) -> list[str]:
        return [version for _, version, _ in self.machines.state()]

    def runs_only(self, version: str) -> bool:
        """Tell if there are three instances of the environment's group with this version and the same weight."""
        return self.machines.state() == [(self.spec.group, version, 1)] * 3


@pytest.mark.parametrize("policy", Policy)
def test_deployment_ends_with_the_same_number_of_instances(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment(monkeypatch, policy=policy)
    environment.deploy(NEW)
    assert environment.runs_only("new")
    assert min(environment.machines.served) >= 2


EXPECTED: Mapping[tuple[Policy, str], list[str]] = {
    # The instances whose commands fail before the old version stops keep it.
    (Policy.ALL_AT_ONCE, "bad"): ["old", "old", "old"],
    (Policy.ALL_AT_ONCE, "sick"): ["sick", "sick", "sick"],
    (Policy.ROLLING, "bad"): ["old", "old", "old"],
    (Policy.ROLLING, "sick"): ["sick", "old", "old"],
}


@pytest.mark.parametrize("label", ["bad", "sick"])
@pytest.mark.parametrize("policy", Policy)
def test_failed_deployment_leaves_the_documented_versions(
    policy: Policy, label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = Environment(monkeypatch, policy=policy)
    with pytest.raises(DeploymentFailed):
        environment.deploy(Deployment(2, label, Path("bundle.zip")))
    assert environment.versions() == EXPECTED.get((policy, label), ["old", "old", "old"])
    assert {weight for _, _, weight in environment.machines.state()} == {1}


def test_failed_evaluation_gives_all_requests_back(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment(monkeypatch, policy=Policy.TRAFFIC_SPLITTING)

    def fall_ill(severity: Severity, text: str) -> None:
        if text.startswith("Evaluating"):
            assert sorted(weight or 0 for _, _, weight in environment.machines.state()) == [1, 1, 1, 3, 3, 3]
            new = [item for item in environment.machines.fleet if item.group != environment.spec.group]
            record = environment.machines.records[new[0].id]
            environment.machines.records[new[0].id] = dataclasses.replace(record, version="sick")

    monkeypatch.setattr(environment, "emit", fall_ill)
    with pytest.raises(DeploymentFailed):
        environment.deploy(NEW)
    assert environment.runs_only("old")


@pytest.mark.parametrize("step", range(1, 12))
@pytest.mark.parametrize("policy", Policy)
def test_deployment_that_is_stopped_at_any_step_is_undone(
    policy: Policy, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = Environment(monkeypatch, policy=policy)
    try:
        environment.deploy(NEW, step)
    except Stopped:
        adopted = environment.spec.group != "" or ("new" in environment.versions()[:3] and policy == Policy.IMMUTABLE)
        environment.restore(NEW if adopted else OLD)
        assert environment.runs_only("new" if adopted else "old")
    else:
        assert environment.runs_only("new")
    if policy != Policy.ALL_AT_ONCE:
        assert min(environment.machines.served) >= 2


@pytest.mark.parametrize("policy", Policy)
def test_deployment_that_is_killed_before_any_action_is_undone(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = 0
    for action in range(1, 40):
        environment = Environment(monkeypatch, policy=policy)
        environment.machines.kills.append(stopping(action, Stopped))
        try:
            environment.deploy(NEW)
        except Stopped:
            killed += 1
        environment.machines.kills.clear()
        environment.restore(NEW if environment.adopted or action > killed else OLD)
        assert environment.runs_only("new" if environment.adopted or action > killed else "old"), action
    assert killed >= 6


@pytest.mark.parametrize(
    "changes",
    [
        {"machine": "other", "update": BY_HEALTH},
        {"machine": "other", "update": Update()},
        {"machine": "other", "update": Update(type=UpdateType.IMMUTABLE)},
        {"variables": {"COLOUR": "blue"}, "update": Update(type=UpdateType.IMMUTABLE)},
        {"variables": {"COLOUR": "blue"}, "policy": Policy.ROLLING},
        {"variables": {"COLOUR": "blue"}, "policy": Policy.IMMUTABLE, "update": BY_HEALTH},
    ],
    ids=["health", "disabled", "immutable", "immutable-variables", "rolling-variables", "batched-variables"],
)
def test_change_of_options_reaches_all_instances_and_is_undone_from_any_step(
    changes: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = Environment(monkeypatch)
    known = list(changed.machines.fleet)
    changed.configure(**changes)
    assert changed.runs_only("old")
    replaced = "machine" in changes or changes.get("update") == Update(type=UpdateType.IMMUTABLE)
    assert set(known).isdisjoint(changed.machines.fleet) == replaced
    assert min(changed.machines.served) >= 2
    for step in range(1, 9):
        environment = Environment(monkeypatch)
        before = environment.spec
        try:
            environment.configure(step, **changes)
        except Stopped:
            if not environment.adopted:
                environment.spec = before
            environment.restore()
            assert environment.runs_only("old"), step
            assert {item.machine for item in environment.machines.fleet} == {environment.spec.machine}


def test_ignored_health_check_continues_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment(monkeypatch, ignore_health=True)
    environment.deploy(Deployment(2, "sick", Path("bundle.zip")))
    assert environment.versions() == ["sick"] * 3
    assert any("are ignored, as IgnoreHealthCheck demands" in text for text in environment.events)


def test_severe_threshold_accepts_unhealthy_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment(monkeypatch, health_threshold=HealthStatus.SEVERE)
    environment.deploy(Deployment(2, "sick", Path("bundle.zip")))
    assert environment.versions() == ["sick"] * 3


def test_instances_that_a_failed_removal_has_left_are_removed_by_the_next_deployment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = Environment(monkeypatch)
    environment.machines.add_instances(dataclasses.replace(environment.spec, group="left"), 1)
    environment.deploy(NEW)
    assert environment.runs_only("new")
