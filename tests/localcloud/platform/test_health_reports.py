"""The cache of instance states."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from dockdj.localcloud.contract import (
    Deployment,
    Emit,
    HealthStatus,
    InstanceState,
    Operations,
    Progress,
    Severity,
    Spec,
)
from dockdj.localcloud.platform import health_reports
from dockdj.localcloud.platform.health_reports import Reported
from tests.localcloud.fleet.spec import SPEC

DEPLOYMENT = Deployment(1, "v", Path())


@dataclass
class Machines:
    """Operations that count their inspections and fail to deploy."""

    inspections: int = 0
    deployed: list[str] = field(default_factory=list)

    def instances(self, spec: Spec) -> tuple[InstanceState, ...]:
        self.inspections += 1
        return (InstanceState(f"i-{self.inspections}", HealthStatus.OK, "v", 1, (), ""),)

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress) -> None:
        self.deployed.append(deployment.version_label)
        raise OSError


def ignore(severity: Severity, message: str) -> None:
    pass


def test_report_is_reused_until_it_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    machines = Machines()
    reported = Reported(cast(Operations, machines))
    monkeypatch.setattr(health_reports, "REPORT_SECONDS", 3600.0)
    assert reported.instances(SPEC) == reported.instances(SPEC)
    assert machines.inspections == 1
    monkeypatch.setattr(health_reports, "REPORT_SECONDS", 0.0)
    reported.instances(SPEC)
    assert machines.inspections == 2


def test_failed_operation_outdates_the_report() -> None:
    machines = Machines()
    reported = Reported(cast(Operations, machines))
    before = reported.instances(SPEC)
    with pytest.raises(OSError):
        reported.deploy(SPEC, DEPLOYMENT, ignore)
    assert machines.deployed == ["v"]
    assert reported.instances(SPEC) != before
