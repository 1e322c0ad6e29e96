"""Health of an instance from what is known of it."""

import dataclasses
from typing import Any

import pytest

from dockdj.localcloud.fleet.balancer import Server
from dockdj.localcloud.fleet.condition import state
from dockdj.localcloud.fleet.instance import Instance

RUNNING = Instance("i-1", "dockdj-x-i-1", "10.213.0.21", "2026-01-01T00:00:00Z", True)
RECORD: dict[str, Any] = {"version": "v1", "deployment": 3, "finished": True}
UP = Server("UP", 0, "L7OK/200")


def test_an_instance_that_serves_a_finished_deployment_is_ok() -> None:
    found = state(RUNNING, RECORD, UP)
    assert (found.status, found.causes, found.version_label, found.deployment_id) == ("Ok", (), "v1", 3)


@pytest.mark.parametrize(
    ("instance", "record", "server", "status"),
    [
        (dataclasses.replace(RUNNING, running=False), {}, UP, "NoData"),
        (RUNNING, {}, UP, "Pending"),
        (RUNNING, RECORD, None, "Pending"),
        (RUNNING, RECORD, Server("DRAIN", 0, "L7OK/200"), "Degraded"),
        (RUNNING, RECORD, Server("DOWN", 0, "L7STS/500"), "Severe"),
        (RUNNING, {**RECORD, "finished": False}, UP, "Degraded"),
    ],
)
def test_anything_else_has_a_cause(
    instance: Instance, record: dict[str, Any], server: Server | None, status: str
) -> None:
    found = state(instance, record, server)
    assert found.status == status
    assert len(found.causes) == 1
