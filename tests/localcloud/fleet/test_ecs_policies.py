"""Each deployment policy on the ECS platform, under the load of 20 clients."""

import dataclasses
from collections.abc import Iterator

import pytest

from dockdj.localcloud.contract import Batch, Platform, Policy
from dockdj.localcloud.fleet.operations import Operations
from dockdj.localcloud.fleet.services import Services
from tests.localcloud.fleet.conftest import Environment
from tests.localcloud.fleet.spec import SPEC
from tests.localcloud.fleet.test_ecs import version
from tests.localcloud.fleet.test_policies import CLIENTS, both, other, versions
from tests.support.load import Load

pytestmark = [pytest.mark.soak, pytest.mark.docker]


@pytest.fixture(scope="module")
def pair(
    state_id: str, cloud_services: Services, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """An environment of two instances with release 1."""
    spec = dataclasses.replace(
        SPEC,
        environment_id="e-ecspolicy0",
        name="policies-ecs",
        platform=Platform.ECS,
        healthy_threshold=2,
        deregistration_delay=1,
        batch=Batch(1),
        evaluation_seconds=3,
    )
    environment = Environment(Operations(state_id), spec, tmp_path_factory.mktemp("bundles"), images)
    port = environment.operations.launch(spec, version(environment, "1"), environment.emit)
    environment.spec = dataclasses.replace(spec, port=port)
    yield environment
    environment.operations.terminate(environment.spec, environment.emit)


@pytest.mark.parametrize("policy", Policy)
def test_deployment_of_a_task_loses_no_request(pair: Environment, policy: Policy) -> None:
    deployment = version(pair, other(pair))
    with Load(pair.url, clients=CLIENTS) as load:
        load.until(200)
        pair.deploy(deployment, policy=policy)
        load.until(load.requests + 200)
    print(f"{policy} on ECS: {load.failed} of {load.requests} requests failed: {dict(load.failures)}")
    assert policy == Policy.ALL_AT_ONCE or (load.failed, dict(load.failures)) == (0, {})
    assert versions(pair) == both(deployment)
