"""An environment's health, derived from its instances.

Colours and causes: "Enhanced health reporting" in the developer guide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dockdj.localcloud.contract import HealthStatus, InstanceState, Life


class Colour(StrEnum):
    """The colours of health."""

    GREEN = "Green"
    YELLOW = "Yellow"
    RED = "Red"
    GREY = "Grey"


COLOURS = {
    HealthStatus.OK: Colour.GREEN,
    HealthStatus.INFO: Colour.GREEN,
    HealthStatus.WARNING: Colour.YELLOW,
    HealthStatus.DEGRADED: Colour.RED,
    HealthStatus.SEVERE: Colour.RED,
    HealthStatus.PENDING: Colour.GREY,
    HealthStatus.UNKNOWN: Colour.GREY,
    HealthStatus.SUSPENDED: Colour.GREY,
    HealthStatus.NO_DATA: Colour.GREY,
}


IN_PROGRESS = "An operation is in progress on this instance."


@dataclass(frozen=True)
class Expected:
    """The version and size that an environment should have."""

    label: str
    deployment: int
    instances: int
    busy: bool
    """An operation is in progress."""


@dataclass(frozen=True)
class Health:
    """A health status and its causes."""

    status: HealthStatus
    causes: tuple[str, ...] = ()

    @property
    def colour(self) -> Colour:
        """The colour of the status."""
        return COLOURS[self.status]


def of_environment(expected: Expected, instances: Sequence[InstanceState]) -> Health:
    """The worst applicable health. During an operation, differences that it will resolve are only Info."""
    total = len(instances)
    if not instances:
        status = HealthStatus.PENDING if expected.busy else HealthStatus.NO_DATA
        return Health(status, ("There are no instances.",))
    counts = Counter(instance.status for instance in instances)
    if impaired := counts[HealthStatus.SEVERE] + counts[HealthStatus.DEGRADED]:
        status = HealthStatus.SEVERE if counts[HealthStatus.SEVERE] == total else HealthStatus.DEGRADED
        causes = tuple(cause for instance in instances for cause in instance.causes)
        return Health(status, (f"Impaired services on {impaired} out of {total} instances.", *causes))
    if expected.busy:
        return Health(HealthStatus.INFO, (f"An operation is in progress on {total} instances.",))
    if silent := counts[HealthStatus.PENDING] + counts[HealthStatus.NO_DATA]:
        if silent == total:
            status = HealthStatus.PENDING if counts[HealthStatus.PENDING] else HealthStatus.NO_DATA
            return Health(status, ("None of the instances are sending data.",))
        return Health(HealthStatus.WARNING, (f"{silent} out of {total} instances are not sending data.",))
    if outdated := sum(instance.deployment_id != expected.deployment for instance in instances):
        return Health(HealthStatus.DEGRADED, (_incorrect_version(outdated, total, expected),))
    if total < expected.instances:
        return Health(HealthStatus.WARNING, (f"{total} of {expected.instances} instances are running.",))
    return Health(HealthStatus.OK)


def during_operation(instances: Sequence[InstanceState]) -> tuple[InstanceState, ...]:
    """The instances as they show while an operation runs.

    The operation stops applications and takes instances out of the balancer, so one that does not serve is Pending. A
    machine that does not run or answer shows as it is.
    """
    return tuple(
        replace(item, status=HealthStatus.PENDING, causes=(IN_PROGRESS, *item.causes))
        if item.status in (HealthStatus.SEVERE, HealthStatus.DEGRADED) and item.life == Life.ANSWERS
        else item
        for item in instances
    )


def deployment_status(instance: InstanceState, expected_deployment: int) -> str:
    """The status of an instance's last deployment: In Progress, Failed or Deployed."""
    if instance.status == HealthStatus.PENDING:
        return "In Progress"
    failed = instance.status == HealthStatus.SEVERE and instance.deployment_id != expected_deployment
    return "Failed" if failed else "Deployed"


def _incorrect_version(outdated: int, total: int, expected: Expected) -> str:
    return (
        f"Incorrect application version found on {outdated} out of {total} instances. "
        f'Expected version "{expected.label}" (deployment {expected.deployment}).'
    )
