"""The ECS platform on a real instance: a task of linked containers."""

import dataclasses
import json
import urllib.error
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dockdj.localcloud.contract import Deployment, DeploymentFailed, Platform
from dockdj.localcloud.fleet.operations import Operations
from dockdj.localcloud.fleet.services import Services
from dockdj.localcloud.platform import sample
from tests.localcloud.fleet.conftest import Environment
from tests.localcloud.fleet.spec import SPEC
from tests.support.eventually import eventually

pytestmark = pytest.mark.docker

ASK_BACK = "import urllib.request as r; print(r.urlopen('http://back:8000/').read().decode())"


def version(environment: Environment, release: str, **front: Any) -> Deployment:
    """The next deployment: the container `front` on port 80 with a link to `back`."""
    image = environment.images[release]
    both = {"image": image, "memory": 64, "stopTimeout": 5}
    definitions = [
        {
            "name": "front",
            **both,
            "links": ["back"],
            "portMappings": [{"hostPort": 80, "containerPort": 8000}],
            **front,
        },
        {"name": "back", **both, "readonlyRootFilesystem": True, "environment": [{"name": "COLOUR", "value": "blue"}]},
    ]
    environment.number += 1
    path = environment.folder / f"{environment.number}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        document = {"AWSEBDockerrunVersion": 2, "containerDefinitions": definitions}
        archive.writestr("Dockerrun.aws.json", json.dumps(document))
        # Like a hook that was committed on Windows, without an execute bit.
        archive.writestr(".platform/hooks/predeploy/10_note", "#!/bin/sh\r\necho $COLOUR >>/root/hooks\r\n")
    return Deployment(environment.number, f"v{release}-{environment.number}", path)


@pytest.fixture(scope="module")
def ecs(
    state_id: str, cloud_services: Services, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """An environment of one instance with release 1."""
    spec = dataclasses.replace(SPEC, environment_id="e-ecs4567890", name="shop-ecs", min_size=1, platform=Platform.ECS)
    environment = Environment(Operations(state_id), spec, tmp_path_factory.mktemp("bundles"), images)
    port = environment.operations.launch(spec, version(environment, "1"), environment.emit)
    environment.spec = dataclasses.replace(spec, port=port)
    yield environment
    environment.operations.terminate(environment.spec, environment.emit)


def container(environment: Environment, name: str) -> str:
    (instance,) = environment.containers()
    label = f"label=com.amazonaws.ecs.container-name={name}"
    return environment.inside(instance, f"docker ps -aq --filter {label}")


def inspected(environment: Environment, name: str) -> Any:
    (instance,) = environment.containers()
    return json.loads(environment.inside(instance, f"docker inspect {container(environment, name)}"))[0]


def test_linked_containers_run_as_defined(ecs: Environment) -> None:
    (instance,) = ecs.containers()
    assert ecs.page()["release"] == "1"
    assert ecs.page("/environment")["page"]["COLOUR"] == "red $ONE"
    answer = ecs.inside(instance, f'docker exec {container(ecs, "front")} python3 -c "{ASK_BACK}"')
    assert json.loads(answer)["release"] == "1"
    back = inspected(ecs, "back")
    assert (back["HostConfig"]["Memory"], back["HostConfig"]["ReadonlyRootfs"]) == (64 * 1024 * 1024, True)
    assert {"COLOUR=blue", "EMPTY="} <= set(back["Config"]["Env"])
    assert list(back["NetworkSettings"]["Networks"]) == ["bridge"]


def test_old_task_stops_before_the_new_task_starts(ecs: Environment) -> None:
    before = inspected(ecs, "front")["Config"]["Labels"]["com.amazonaws.ecs.task-arn"]
    deployment = ecs.deploy(version(ecs, "2"))
    after = inspected(ecs, "front")["Config"]["Labels"]["com.amazonaws.ecs.task-arn"]

    assert ecs.page()["release"] == "2"
    (instance,) = ecs.containers()
    assert ecs.inside(instance, "cat /root/hooks").splitlines() == ["red $ONE"] * 2
    texts = [text for _, text in ecs.events if "ECS task" in text]
    assert texts == [
        f"Stopping ECS task {before}.",
        f"ECS task: {before} is STOPPED.",
        f"Starting new ECS task with awseb-shop-ecs-ecs4567890:{deployment.id}.",
        f"ECS task: {after} is RUNNING.",
    ]


def test_invalid_bundle_changes_no_instance(ecs: Environment) -> None:
    before = inspected(ecs, "front")["Id"]
    with pytest.raises(DeploymentFailed):
        ecs.deploy(version(ecs, "1", memory=0))
    assert "ERROR Invalid setting for container 'front'. At least one of 'memory'" in ecs.event_text()
    assert inspected(ecs, "front")["Id"] == before


def test_task_that_does_not_start_fails_the_deployment(ecs: Environment) -> None:
    with pytest.raises(DeploymentFailed):
        ecs.deploy(version(ecs, "1", command=["python3", "-c", "raise SystemExit(3)"]))
    assert "ERROR ECS task stopped due to: Task failed to start. (front: back: )" in ecs.event_text()
    assert "Essential container in task exited: front." in ecs.event_text()

    ecs.deploy(version(ecs, "1"))
    assert ecs.page()["release"] == "1"


def test_task_stops_when_an_essential_container_exits(ecs: Environment) -> None:
    deployment = ecs.deploy(version(ecs, "1"))
    (instance,) = ecs.containers()
    ecs.inside(instance, f"docker kill {container(ecs, 'back')}")
    eventually(lambda: inspected(ecs, "front")["State"]["Status"] == "exited")
    eventually(lambda: ecs.states()[0].status == "Severe")

    ecs.operations.stop()
    ecs.operations.start(ecs.spec, deployment)
    assert ecs.page()["release"] == "1"


def test_sample_application_runs_without_a_registry(ecs: Environment, tmp_path: Path) -> None:
    ecs.number += 1
    deployment = Deployment(ecs.number, sample.LABEL, sample.bundle(tmp_path, Platform.ECS))
    ecs.configure(deployment, health_path="/")
    ecs.deploy(deployment)
    assert ecs.states()[0].status == "Ok"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ecs.page("/healthz")
