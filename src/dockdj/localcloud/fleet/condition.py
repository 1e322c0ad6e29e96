"""The condition of an instance, derived from its record and the balancer's statistics."""

from dockdj.localcloud.contract import HealthStatus, InstanceState
from dockdj.localcloud.fleet.balancer import Server, ServerStatus
from dockdj.localcloud.fleet.instance import Instance, InstanceRecord

NOT_DEPLOYED = 0
"""The deployment id of an instance without a deployment."""


def state(instance: Instance, record: InstanceRecord | None, server: Server | None) -> InstanceState:
    """The state of an instance, as its health agent would report it."""
    status, cause = judge(instance, record, server)
    return InstanceState(
        id=instance.id,
        status=status,
        version_label=record.version if record else "",
        deployment_id=record.deployment if record else NOT_DEPLOYED,
        causes=(cause,) if cause else (),
        launched_at=instance.created,
    )


def judge(instance: Instance, record: InstanceRecord | None, server: Server | None) -> tuple[HealthStatus, str]:
    """The health status and its cause, which is empty if the status is Ok."""
    if not instance.running:
        return HealthStatus.NO_DATA, "The instance is stopped."
    if record is None:
        return HealthStatus.PENDING, "No version was deployed to this instance yet."
    if server is None or server.status == ServerStatus.MAINT:
        return HealthStatus.PENDING, "The instance is not registered with the load balancer."
    if server.status == ServerStatus.DRAIN:
        return HealthStatus.DEGRADED, "The instance is out of the load balancer's rotation."
    if server.status != ServerStatus.UP:
        cause = f"ELB health is failing or not available for this instance (last check: {server.check})."
        return HealthStatus.SEVERE, cause
    if not record.finished:
        return HealthStatus.DEGRADED, "The last deployment did not finish on this instance."
    return HealthStatus.OK, ""
