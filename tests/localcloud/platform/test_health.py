"""An environment's health, decided from its instances."""

from collections.abc import Sequence

import pytest

from dockdj.localcloud.contract import InstanceState, InstanceStatus
from dockdj.localcloud.platform.health import COLOURS, Expected, deployed, of_environment


def instances(*statuses: InstanceStatus, deployment: int = 2) -> list[InstanceState]:
    return [
        InstanceState(f"i-{number:017x}", status, "v2", deployment, (f"cause {number}",), "2026-11-22T12:00:00Z")
        for number, status in enumerate(statuses)
    ]


@pytest.mark.parametrize(("statuses", "busy", "status", "colour"), [
    (["Ok", "Ok"], False, "Ok", "Green"),
    (["Ok", "Ok"], True, "Info", "Green"),
    (["Ok", "Pending"], True, "Info", "Green"),
    (["Ok", "Severe"], False, "Degraded", "Red"),
    (["Ok", "Severe"], True, "Degraded", "Red"),
    (["Severe", "Severe"], False, "Severe", "Red"),
    (["Ok", "NoData"], False, "Warning", "Yellow"),
    (["NoData", "NoData"], False, "NoData", "Grey"),
    (["Pending", "Pending"], False, "Pending", "Grey"),
    (["Ok"], False, "Warning", "Yellow"),
    ([], False, "NoData", "Grey"),
    ([], True, "Pending", "Grey"),
])  # fmt: skip
def test_health(statuses: Sequence[InstanceStatus], busy: bool, status: str, colour: str) -> None:
    found = of_environment(Expected("v2", 2, 2, busy=busy), instances(*statuses))
    assert (found.status, found.colour) == (status, colour)
    assert bool(found.causes) is (status != "Ok")


def test_another_version_on_an_instance_degrades() -> None:
    mixed = [*instances("Ok"), *instances("Ok", deployment=1)]
    found = of_environment(Expected("v2", 2, 2, busy=False), mixed)
    assert found.status == "Degraded"
    assert found.causes == (
        'Incorrect application version found on 1 out of 2 instances. Expected version "v2" (deployment 2).',
    )


def test_causes_of_instances_are_told() -> None:
    found = of_environment(Expected("v2", 2, 2, busy=False), instances("Severe", "Ok"))
    assert found.causes[0] == "Impaired services on 1 out of 2 instances."
    assert "cause 0" in found.causes


@pytest.mark.parametrize(("status", "deployment", "expected"), [
    ("Ok", 2, "Deployed"), ("Pending", 2, "In Progress"), ("Severe", 3, "Failed"), ("Severe", 2, "Deployed"),
])  # fmt: skip
def test_deployment_status(status: InstanceStatus, deployment: int, expected: str) -> None:
    assert deployed(instances(status, deployment=deployment)[0], 2) == expected


def test_every_status_has_a_colour() -> None:
    assert set(COLOURS.values()) == {"Green", "Yellow", "Red", "Grey"}
