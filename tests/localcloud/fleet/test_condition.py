"""The condition of an instance, derived from its record and the balancer's statistics."""

import dataclasses

import pytest

from dockdj.localcloud.contract import HealthStatus, Life
from dockdj.localcloud.fleet.balancer import Server, ServerStatus
from dockdj.localcloud.fleet.condition import Inside, observed, state
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


@pytest.mark.parametrize(
    ("instance", "inside", "life", "status"),
    [
        (RUNNING, Inside(RECORD), Life.ANSWERS, HealthStatus.OK),
        (RUNNING, None, Life.SILENT, HealthStatus.NO_DATA),
        (RUNNING, Inside(RECORD, engine=False), Life.SILENT, HealthStatus.NO_DATA),
        (dataclasses.replace(RUNNING, running=False), None, Life.STOPPED, HealthStatus.NO_DATA),
    ],
)
def test_machine_that_does_not_answer_sends_no_data(
    instance: Instance, inside: Inside | None, life: Life, status: HealthStatus
) -> None:
    condition = observed(instance, inside, UP)
    assert (condition.life, condition.status) == (life, status)


def test_containers_that_do_not_run_explain_failed_checks_only() -> None:
    inside = Inside(RECORD, stopped=("worker: Exited (1) 3 seconds ago",))
    assert observed(RUNNING, inside, UP).causes == ()
    causes = observed(RUNNING, inside, Server(ServerStatus.DOWN, 0, "L4CON")).causes
    assert len(causes) == 2 and "worker: Exited (1) 3 seconds ago" in causes[1]
