"""The condition of an instance, derived from its record and the balancer's statistics."""

import dataclasses

import pytest

from dockdj.localcloud.contract import HealthStatus
from dockdj.localcloud.fleet.balancer import Server, ServerStatus
from dockdj.localcloud.fleet.condition import state
from dockdj.localcloud.fleet.instance import Instance, InstanceRecord

RUNNING = Instance("i-1", "dockdj-x-i-1", "10.213.0.21", "2026-01-01T00:00:00Z", True)
RECORD = InstanceRecord(version="v1", deployment=3, variables="", finished=True)
UP = Server(ServerStatus.UP, 0, "L7OK/200")


def test_instance_that_serves_a_finished_deployment_is_ok() -> None:
    condition = state(RUNNING, RECORD, UP)
    assert (condition.status, condition.causes) == (HealthStatus.OK, ())
    assert (condition.version_label, condition.deployment_id) == ("v1", 3)


@pytest.mark.parametrize(
    ("instance", "record", "server", "status"),
    [
        (dataclasses.replace(RUNNING, running=False), None, UP, HealthStatus.NO_DATA),
        (RUNNING, None, UP, HealthStatus.PENDING),
        (RUNNING, RECORD, None, HealthStatus.PENDING),
        (RUNNING, RECORD, Server(ServerStatus.MAINT, 0, ""), HealthStatus.PENDING),
        (RUNNING, RECORD, Server(ServerStatus.DRAIN, 0, "L7OK/200"), HealthStatus.DEGRADED),
        (RUNNING, RECORD, Server(ServerStatus.DOWN, 0, "L7STS/500"), HealthStatus.SEVERE),
        (RUNNING, RECORD, Server(ServerStatus.OTHER, 0, ""), HealthStatus.SEVERE),
        (RUNNING, dataclasses.replace(RECORD, finished=False), UP, HealthStatus.DEGRADED),
    ],
)
def test_any_other_instance_has_one_cause(
    instance: Instance, record: InstanceRecord | None, server: Server | None, status: HealthStatus
) -> None:
    condition = state(instance, record, server)
    assert condition.status == status
    assert len(condition.causes) == 1
