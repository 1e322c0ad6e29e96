"""An environment's health, decided from its instances.

Colours and causes: "Enhanced health reporting" in the developer guide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dockdj.localcloud.contract import InstanceState

Status = Literal["NoData", "Unknown", "Pending", "Ok", "Info", "Warning", "Degraded", "Severe", "Suspended"]

COLOURS: dict[str, str] = {
    "Ok": "Green",
    "Info": "Green",
    "Warning": "Yellow",
    "Degraded": "Red",
    "Severe": "Red",
    "Pending": "Grey",
    "Unknown": "Grey",
    "Suspended": "Grey",
    "NoData": "Grey",
}


@dataclass(frozen=True)
class Expected:
    """What an environment should be running."""

    label: str
    deployment: int
    instances: int
    busy: bool
    """An operation is in progress."""


@dataclass(frozen=True)
class Health:
    """Status and the reasons for it."""

    status: Status
    causes: tuple[str, ...] = ()

    @property
    def colour(self) -> str:
        """Green, Yellow, Red or Grey."""
        return COLOURS[self.status]


def of_environment(expected: Expected, instances: Sequence[InstanceState]) -> Health:
    """The worst of what can be said. While an operation is in progress, what is merely under way is information."""
    if not instances:
        return Health("Pending" if expected.busy else "NoData", ("There are no instances.",))
    counts = Counter(instance.status for instance in instances)
    bad = counts["Severe"] + counts["Degraded"]
    if bad:
        causes = tuple(cause for instance in instances for cause in instance.causes)
        impaired = f"Impaired services on {bad} out of {len(instances)} instances."
        return Health("Severe" if counts["Severe"] == len(instances) else "Degraded", (impaired, *causes))
    if expected.busy:
        return Health("Info", (f"An operation is in progress on {len(instances)} instances.",))
    if missing := counts["Pending"] + counts["NoData"]:
        if missing == len(instances):
            return Health("Pending" if counts["Pending"] else "NoData", ("None of the instances are sending data.",))
        return Health("Warning", (f"{missing} out of {len(instances)} instances are not sending data.",))
    if wrong := [instance for instance in instances if instance.deployment_id != expected.deployment]:
        return Health("Degraded", (_wrong_version(wrong, instances, expected),))
    if len(instances) < expected.instances:
        return Health("Warning", (f"{len(instances)} of {expected.instances} instances are running.",))
    return Health("Ok")


def deployed(instance: InstanceState, expected: int) -> str:
    """In Progress, Failed or Deployed. `expected` is the environment's deployment."""
    if instance.status == "Pending":
        return "In Progress"
    return "Failed" if instance.status == "Severe" and instance.deployment_id != expected else "Deployed"


def _wrong_version(wrong: Sequence[InstanceState], instances: Sequence[InstanceState], expected: Expected) -> str:
    return (
        f"Incorrect application version found on {len(wrong)} out of {len(instances)} instances. "
        f'Expected version "{expected.label}" (deployment {expected.deployment}).'
    )
