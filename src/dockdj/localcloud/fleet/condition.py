"""How an instance is, from what its engine recorded and what the balancer sees."""

from collections.abc import Mapping
from typing import Any

from dockdj.localcloud.contract import InstanceState, InstanceStatus
from dockdj.localcloud.fleet.balancer import Server
from dockdj.localcloud.fleet.instance import Instance

NOT_DEPLOYED = 0
"""The deployment id of an instance that never got one."""


def state(instance: Instance, record: Mapping[str, Any], server: Server | None) -> InstanceState:
    """The instance as its health agent would report it."""
    status, cause = judge(instance, record, server)
    return InstanceState(
        id=instance.id,
        status=status,
        version_label=record.get("version", ""),
        deployment_id=record.get("deployment", NOT_DEPLOYED),
        causes=(cause,) if cause else (),
        launched_at=instance.created,
    )


def judge(instance: Instance, record: Mapping[str, Any], server: Server | None) -> tuple[InstanceStatus, str]:
    """Status and, unless it is Ok, the cause."""
    if not instance.running:
        return "NoData", "The instance is stopped."
    if not record:
        return "Pending", "No version was deployed to this instance yet."
    if server is None or server.status == "MAINT":
        return "Pending", "The instance is not registered with the load balancer."
    if server.status == "DRAIN":
        return "Degraded", "The instance is out of the load balancer's rotation."
    if server.status != "UP":
        return "Severe", f"ELB health is failing or not available for this instance (last check: {server.check})."
    if not record["finished"]:
        return "Degraded", "The last deployment did not finish on this instance."
    return "Ok", ""
