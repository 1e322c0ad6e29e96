"""An environment's health, derived from its instances."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dockdj.localcloud.contract import HealthStatus, InstanceState, Life
from dockdj.localcloud.platform.health import (
    COLOURS,
    Colour,
    Expected,
    deployment_status,
    during_operation,
    of_environment,
)


def instances(*statuses: str, deployment: int = 2) -> list[InstanceState]:
    return [
        InstanceState(
            id=f"i-{number:017x}",
            status=HealthStatus(status),
            version_label="v2",
            deployment_id=deployment,
            causes=(f"cause {number}",),
            launched_at="2026-11-22T12:00:00Z",
        )
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
def test_health_is_the_worst_that_applies(statuses: Sequence[str], busy: bool, status: str, colour: str) -> None:
    health = of_environment(Expected("v2", 2, 2, busy=busy), instances(*statuses))
    assert (health.status, health.colour) == (status, colour)
    assert bool(health.causes) is (status != "Ok")


@pytest.mark.parametrize(("status", "shown"), [
    ("Ok", "Ok"), ("Severe", "Pending"), ("Degraded", "Pending"), ("Pending", "Pending"), ("NoData", "NoData"),
])  # fmt: skip
def test_instance_that_an_operation_has_taken_out_is_pending(status: str, shown: str) -> None:
    (instance,) = during_operation(instances(status))
    assert instance.status == shown
    assert "cause 0" in instance.causes


def test_machine_that_stopped_shows_during_an_operation_too() -> None:
    stopped = [replace(item, life=Life.STOPPED) for item in instances("Severe")]
    assert during_operation(stopped) == tuple(stopped)


def test_another_version_on_an_instance_degrades_the_environment() -> None:
    mixed = [*instances("Ok"), *instances("Ok", deployment=1)]
    health = of_environment(Expected("v2", 2, 2, busy=False), mixed)
    assert health.status == HealthStatus.DEGRADED
    assert health.causes == (
        'Incorrect application version found on 1 out of 2 instances. Expected version "v2" (deployment 2).',
    )


def test_causes_of_instances_become_causes_of_the_environment() -> None:
    health = of_environment(Expected("v2", 2, 2, busy=False), instances("Severe", "Ok"))
    assert health.causes[0] == "Impaired services on 1 out of 2 instances."
    assert "cause 0" in health.causes


@pytest.mark.parametrize(("status", "deployment", "expected"), [
    ("Ok", 2, "Deployed"), ("Pending", 2, "In Progress"), ("Severe", 3, "Failed"), ("Severe", 2, "Deployed"),
])  # fmt: skip
def test_deployment_status_depends_on_health_and_deployment(status: str, deployment: int, expected: str) -> None:
    assert deployment_status(instances(status, deployment=deployment)[0], 2) == expected


def test_every_status_has_a_colour() -> None:
    assert set(COLOURS) == set(HealthStatus)
    assert set(COLOURS.values()) == set(Colour)
