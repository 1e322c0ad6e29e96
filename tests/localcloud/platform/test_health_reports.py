from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from dockdj.localcloud.contract import Deployment, Emit, InstanceState, Operations, Severity, Spec
from dockdj.localcloud.platform import health_reports
from dockdj.localcloud.platform.health_reports import Reported

SPEC = Spec("e-1", "n", "a", 1, "Rolling", 1, 60, "/", frozenset({200}), 10, 3, 20, {}, None)
DEPLOYMENT = Deployment(1, "v", Path())


@dataclass
class Machines:
    """Counts how often it is asked."""

    asked: int = 0
    deployed: list[str] = field(default_factory=list)

    def instances(self, spec: Spec) -> tuple[InstanceState, ...]:
        self.asked += 1
        return (InstanceState(f"i-{self.asked}", "Ok", "v", 1, (), ""),)

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit) -> None:
        self.deployed.append(deployment.version_label)
        raise OSError


def nothing(severity: Severity, message: str) -> None:
    pass


def test_two_questions_in_a_row_make_one_report_and_a_later_one_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    machines = Machines()
    reported = Reported(cast(Operations, machines))
    monkeypatch.setattr(health_reports, "REPORT_SECONDS", 3600.0)
    assert reported.instances(SPEC) == reported.instances(SPEC)
    assert machines.asked == 1
    monkeypatch.setattr(health_reports, "REPORT_SECONDS", 0.0)
    reported.instances(SPEC)
    assert machines.asked == 2


def test_nothing_older_than_the_last_operation_is_reported() -> None:
    machines = Machines()
    reported = Reported(cast(Operations, machines))
    before = reported.instances(SPEC)
    with pytest.raises(OSError):
        reported.deploy(SPEC, DEPLOYMENT, nothing)
    assert machines.deployed == ["v"]
    assert reported.instances(SPEC) != before
