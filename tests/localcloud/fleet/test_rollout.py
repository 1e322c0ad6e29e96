"""The decisions and events of a rollout, without instances."""

import dataclasses
from pathlib import Path

import pytest

from dockdj.localcloud.contract import Deployment, Severity
from dockdj.localcloud.fleet.image.instance.eb_engine.machine import fingerprint
from dockdj.localcloud.fleet.instance import Instance, Outcome, new_id
from dockdj.localcloud.fleet.placement import Placement
from dockdj.localcloud.fleet.rollout import Rollout, health_seconds
from tests.localcloud.fleet.spec import SPEC


def instance(number: int) -> Instance:
    return Instance(f"i-{number}", f"dockdj-x-i-{number}", f"10.213.0.{20 + number}", "2026-01-01T00:00:00Z", True)


@pytest.mark.parametrize(
    ("interval", "threshold", "timeout", "seconds"), [(15, 3, 600, 120), (1, 3, 600, 60), (15, 3, 30, 30)]
)
def test_time_limit_is_as_long_as_the_balancer_needs(
    interval: int, threshold: int, timeout: int, seconds: float
) -> None:
    spec = dataclasses.replace(SPEC, health_interval=interval, healthy_threshold=threshold, command_timeout=timeout)
    assert health_seconds(spec) == seconds


def test_failures_are_reported_in_elastic_beanstalks_words() -> None:
    events: list[tuple[Severity, str]] = []
    deployment = Deployment(1, "v1", Path("bundle.zip"))
    rollout = Rollout(SPEC, deployment, Placement("x"), lambda *event: events.append(event))
    rollout.report(
        [Outcome(instance(1), "", warnings=("odd",)), Outcome(instance(2), "it broke\nhere", old_version_serves=True)]
    )
    assert events == [
        ("WARN", "odd"),
        ("ERROR", "Instance deployment failed. For details, see 'eb-engine.log'."),
        ("ERROR", "[Instance: i-2] Command failed on instance. Return code: 1 Output: it broke\nhere"),
        ("INFO", "Command execution completed on all instances. Summary: [Successful: 1, Failed: 1]."),
        ("ERROR", "Unsuccessful command execution on instance id(s) 'i-2'. Aborting the operation."),
    ]


def test_instance_ids_have_the_length_of_ec2s() -> None:
    assert len({new_id() for _ in range(100)}) == 100
    assert all(len(new_id()) == 19 for _ in range(100))


def test_fingerprint_ignores_the_order_of_variables_only() -> None:
    assert fingerprint({"A": "1", "B": "2"}) == fingerprint({"B": "2", "A": "1"})
    assert fingerprint({"A": "1", "B": "2"}) != fingerprint({"A": "1", "B": "3"})
    assert "secret" not in fingerprint({"A": "secret"})
