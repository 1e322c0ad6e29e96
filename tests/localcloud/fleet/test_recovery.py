"""An engine that is killed in the middle: the next deployment converges."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dockdj.localcloud.contract import DeploymentFailed
from dockdj.localcloud.fleet.operations import Operations
from dockdj.localcloud.fleet.services import Services
from tests.localcloud.fleet.conftest import SPEC, Environment

pytestmark = pytest.mark.docker

MOMENTS = (0.3, 0.6, 0.9, 1.2, 1.5)
"""Seconds into a deployment of about 2: unpacking, pulling, `down`, `up`."""


@pytest.fixture
def single(state_id: str, cloud_services: Services, images: dict[str, str], tmp_path: Path) -> Iterator[Environment]:
    spec = replace(SPEC, environment_id="e-killed0000", min_size=1, policy="AllAtOnce")
    made = Environment(Operations(state_id), spec, tmp_path, images)
    made.spec = replace(spec, port=made.operations.launch(spec, made.version("1"), made.emit))
    yield made
    made.operations.terminate(made.spec, made.emit)


def test_a_killed_deployment_can_be_made_again(single: Environment) -> None:
    (container,) = single.containers()
    for moment in MOMENTS:
        killed = threading.Thread(target=deploy_and_fail, args=(single,))
        killed.start()
        time.sleep(moment)
        single.inside(container, "pkill -KILL -f 'python3 -m eb_engin[e]' || true")
        killed.join()
        deployment = single.deploy(single.version("1"))
        (state,) = single.operations.instances(single.spec)
        assert (state.status, state.version_label) == ("Ok", deployment.version_label)
        assert single.page()["release"] == "1"
        names = single.inside(container, "docker ps --all --format '{{.Names}}'").splitlines()
        assert len(names) == 1 and names[0].startswith(f"d{deployment.id}-")


def deploy_and_fail(single: Environment) -> None:
    """The deployment that is killed: its caller sees a failure, or that it was quicker than the kill."""
    events: list[tuple[str, str]] = []
    try:
        single.operations.deploy(
            replace(single.spec, command_timeout=5), single.version("2"), lambda *event: events.append(event)
        )
    except DeploymentFailed:
        assert any(severity == "ERROR" for severity, _ in events)
