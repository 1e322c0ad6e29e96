"""Deployments after an engine was killed at any moment of an earlier one."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dockdj.localcloud.contract import DeploymentFailed, Policy
from dockdj.localcloud.fleet.operations import Operations
from dockdj.localcloud.fleet.services import Services
from tests.localcloud.fleet.conftest import Environment
from tests.localcloud.fleet.spec import SPEC

pytestmark = pytest.mark.docker

MOMENTS = (0.3, 0.6, 0.9, 1.2, 1.5)
"""Seconds after the start of a deployment of about 2 seconds: unpacking, pulling, `down`, `up`."""


@pytest.fixture
def single(state_id: str, cloud_services: Services, images: dict[str, str], tmp_path: Path) -> Iterator[Environment]:
    spec = replace(SPEC, environment_id="e-killed0000", min_size=1, policy=Policy.ALL_AT_ONCE)
    environment = Environment(Operations(state_id), spec, tmp_path, images)
    port = environment.operations.launch(spec, environment.version("1"), environment.emit)
    environment.spec = replace(spec, port=port)
    yield environment
    environment.operations.terminate(environment.spec, environment.emit)


def test_deployment_succeeds_after_a_killed_one(single: Environment) -> None:
    (container,) = single.containers()
    for moment in MOMENTS:
        killed = threading.Thread(target=deploy_and_fail, args=(single,))
        killed.start()
        time.sleep(moment)
        single.inside(container, "pkill -KILL -f 'python3 -m eb_engin[e]$' || true")
        killed.join()
        deployment = single.deploy(single.version("1"))
        (state,) = single.states()
        assert (state.status, state.version_label) == ("Ok", deployment.version_label)
        assert single.page()["release"] == "1"
        names = single.inside(container, "docker ps --all --format '{{.Names}}'").splitlines()
        assert len(names) == 1 and names[0].startswith(f"d{deployment.id}-")


def deploy_and_fail(single: Environment) -> None:
    """Run the deployment that is killed. It fails, or it ends before the kill."""
    events: list[tuple[str, str]] = []
    try:
        single.operations.deploy(
            replace(single.spec, command_timeout=5), single.version("2"), lambda *event: events.append(event)
        )
    except DeploymentFailed:
        assert any(severity == "ERROR" for severity, _ in events)
