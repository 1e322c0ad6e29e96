"""The condition of an instance, derived from its own report and the balancer's statistics."""

from dataclasses import dataclass, replace

from dockdj.localcloud.contract import HealthStatus, InstanceState, Life
from dockdj.localcloud.fleet.balancer import Server, ServerStatus
from dockdj.localcloud.fleet.instance import Instance, InstanceRecord
from dockdj.localcloud.measures import Load, Traffic

NOT_DEPLOYED = 0
"""The deployment id of an instance without a deployment."""


@dataclass(frozen=True)
class Inside:
    """The report of an instance about itself."""

    record: InstanceRecord | None
    load: Load | None = None
    stopped: tuple[str, ...] = ()
    """The application's containers that do not run, in Docker's words."""
    engine: bool = True
    """The instance's Docker daemon answers."""


def observed(
    instance: Instance, inside: Inside | None, server: Server | None, traffic: Traffic | None = None
) -> InstanceState:
    """The state of an instance, as its health agent would report it. Without a report it sends no data."""
    described = state(instance, inside.record if inside else None, server)
    if not instance.running:
        return replace(described, life=Life.STOPPED)
    counted = replace(described, traffic=traffic or Traffic())
    if inside is None or not inside.engine:
        cause = "The instance does not answer." if inside is None else "The instance's Docker daemon does not answer."
        return replace(counted, status=HealthStatus.NO_DATA, causes=(cause,), life=Life.SILENT)
    counted = replace(counted, load=inside.load)
    if counted.status == HealthStatus.SEVERE and inside.stopped:
        return replace(counted, causes=(*counted.causes, f"Containers do not run: {', '.join(inside.stopped)}."))
    return counted


def state(instance: Instance, record: InstanceRecord | None, server: Server | None) -> InstanceState:
    """The state of an instance that reports its record."""
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
