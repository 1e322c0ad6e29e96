"""The memory of observations."""

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from dockdj.localcloud.contract import (
    Deployment,
    Emit,
    HealthStatus,
    InstanceState,
    Observation,
    Operations,
    Progress,
    Severity,
    Spec,
)
from dockdj.localcloud.measures import Traffic
from dockdj.localcloud.watch import memory
from dockdj.localcloud.watch.memory import Watched
from tests.localcloud.fleet.spec import SPEC

DEPLOYMENT = Deployment(1, "v", Path())


@dataclass
class Machines:
    """Operations that count their inspections and fail to deploy."""

    inspections: int = 0
    deployed: list[str] = field(default_factory=list)

    def observe(self, spec: Spec) -> Observation:
        self.inspections += 1
        instance = InstanceState(f"i-{self.inspections}", HealthStatus.OK, "v", 1, (), "")
        return Observation((instance,), Traffic((self.inspections, 0, 0, 0)))

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress) -> None:
        self.deployed.append(deployment.version_label)
        raise OSError


@dataclass
class Slow(Machines):
    """Machines whose inspection waits until the test lets it end."""

    inspecting: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def observe(self, spec: Spec) -> Observation:
        self.inspecting.set()
        assert self.release.wait(60)
        return super().observe(spec)


def ignore(severity: Severity, message: str) -> None:
    pass


def watched(machines: Machines) -> Watched:
    return Watched(cast(Operations, machines))


def test_observation_is_reused_until_it_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    machines = Machines()
    reported = watched(machines)
    monkeypatch.setattr(memory, "OLDEST_SECONDS", 3600.0)
    assert reported.observe(SPEC).instances == reported.observe(SPEC).instances
    assert machines.inspections == 1
    monkeypatch.setattr(memory, "OLDEST_SECONDS", 0.0)
    reported.observe(SPEC)
    assert machines.inspections == 2


def test_failed_operation_outdates_the_observation() -> None:
    machines = Machines()
    reported = watched(machines)
    before = reported.observe(SPEC).instances
    with pytest.raises(OSError):
        reported.deploy(SPEC, DEPLOYMENT, ignore)
    assert machines.deployed == ["v"]
    assert reported.observe(SPEC).instances != before


def test_operation_neither_waits_for_an_observation_nor_is_answered_by_one_from_before_its_end() -> None:
    machines = Slow()
    reported = watched(machines)
    observing = threading.Thread(target=reported.renew, args=(SPEC,))
    observing.start()
    assert machines.inspecting.wait(60)
    with pytest.raises(OSError):
        reported.deploy(SPEC, DEPLOYMENT, ignore)
    machines.release.set()
    observing.join()
    assert reported.observe(SPEC).instances[0].id == "i-2"


def test_question_during_an_observation_is_answered_from_memory() -> None:
    machines = Slow()
    machines.release.set()
    reported = watched(machines)
    reported.renew(SPEC)
    machines.release.clear()
    machines.inspecting.clear()
    observing = threading.Thread(target=reported.renew, args=(SPEC,))
    observing.start()
    assert machines.inspecting.wait(60)
    assert reported.observe(SPEC).instances[0].id == "i-1"
    machines.release.set()
    observing.join()


def test_requests_of_another_balancer_are_not_compared_with_those_of_the_former() -> None:
    machines = Machines(inspections=41)
    times = iter([100.0, 110.0, 120.0])
    reported = Watched(cast(Operations, machines), clock=lambda: next(times))
    reported.renew(SPEC)
    reported.renew(SPEC)
    assert reported.report(SPEC).requests.count == 1
    reported.renew(replace(SPEC, balancer="e-other00000"))
    assert reported.report(SPEC).requests.count == 0


def test_terminated_environment_is_forgotten() -> None:
    reported = watched(Machines())
    reported.renew(SPEC)
    reported.forget_others(set())
    assert reported.memories == {}
