"""Each deployment policy on real instances, under the load of 20 clients."""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterator

import pytest

from dockdj.localcloud.contract import (
    Batch,
    Deployment,
    DeploymentFailed,
    Policy,
    Progress,
    Severity,
    Update,
    UpdateType,
)
from dockdj.localcloud.fleet import rollout
from dockdj.localcloud.fleet.operations import Operations
from dockdj.localcloud.fleet.services import Services
from tests.localcloud.fleet import bundles
from tests.localcloud.fleet.conftest import Environment
from tests.localcloud.fleet.spec import SPEC
from tests.support.load import Load

pytestmark = pytest.mark.docker

CLIENTS = 20
EVALUATING, SHIFTING = "Evaluating the health", "Forwarding 100 percent"
SOAK = pytest.mark.soak
UNDONE = (Policy.ROLLING_WITH_ADDITIONAL_BATCH, Policy.TRAFFIC_SPLITTING)
"""Policies whose first batch is launched, so that its failure changes nothing."""
POLICIES = (Policy.ROLLING_WITH_ADDITIONAL_BATCH, Policy.IMMUTABLE, Policy.TRAFFIC_SPLITTING)


class Killed(Exception):
    """The server dies at this step."""


@pytest.fixture(scope="module")
def pair(
    state_id: str, cloud_services: Services, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """An environment of two instances."""
    spec = dataclasses.replace(
        SPEC,
        environment_id="e-policies00",
        healthy_threshold=2,
        deregistration_delay=1,
        batch=Batch(1),
        new_version_percent=25,
        evaluation_seconds=3,
    )
    environment = Environment(Operations(state_id), spec, tmp_path_factory.mktemp("policies"), images)
    port = environment.operations.launch(spec, environment.version("1"), environment.emit)
    environment.spec = dataclasses.replace(spec, port=port)
    yield environment
    environment.operations.terminate(environment.spec, environment.emit)


def other(pair: Environment) -> str:
    """The release that does not run."""
    return "2" if pair.page()["release"] == "1" else "1"


def versions(pair: Environment) -> list[tuple[str, str, int]]:
    """The health, version and deployment of each instance."""
    states = pair.states()
    return [(state.status, state.version_label, state.deployment_id) for state in states]


def both(deployment: Deployment) -> list[tuple[str, str, int]]:
    return [("Ok", deployment.version_label, deployment.id)] * 2


def stopped_at(step: int) -> Progress:
    """Progress that raises before the step with this number."""
    numbers = itertools.count(1)

    def proceed() -> None:
        if next(numbers) == step:
            raise Killed

    return Progress(proceed, lambda group: None)


class Watched:
    """The answers of each release while a version is evaluated."""

    def __init__(self, pair: Environment, load: Load) -> None:
        self.original, self.load = pair.emit, load
        self.begin: Counter[str] = Counter()
        self.end: Counter[str] = Counter()

    def emit(self, severity: Severity, text: str) -> None:
        self.original(severity, text)
        if text.startswith(EVALUATING):
            self.begin = self.load.answers.copy()
        if text.startswith(SHIFTING):
            self.end = self.load.answers.copy()

    def share(self, release: str) -> float:
        answers = self.end - self.begin
        return answers[release] / answers.total()


@pytest.mark.parametrize("policy", POLICIES)
def test_deployment_loses_no_request_and_leaves_two_instances(
    pair: Environment, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, release = [state.id for state in pair.states()], other(pair)
    version = pair.version(release)
    with Load(pair.url, clients=CLIENTS) as load:
        watched = Watched(pair, load)
        monkeypatch.setattr(pair, "emit", watched.emit)
        load.until(200)
        pair.deploy(version, policy=policy)
        load.until(load.requests + 200)
    assert (load.failed, dict(load.failures)) == (0, {})
    assert versions(pair) == both(version)
    replaced = policy != Policy.ROLLING_WITH_ADDITIONAL_BATCH
    assert [state.id in ids for state in pair.states()] == [not replaced] * 2
    if policy == Policy.TRAFFIC_SPLITTING:
        assert 0.15 < watched.share(release) < 0.35


def test_failures_of_a_deployment_to_all_instances_at_once_are_counted(pair: Environment) -> None:
    version = pair.version(other(pair))
    with Load(pair.url, clients=CLIENTS) as load:
        load.until(200)
        pair.deploy(version, policy=Policy.ALL_AT_ONCE)
        load.until(load.requests + 200)
    print(f"AllAtOnce: {load.failed} of {load.requests} requests failed: {dict(load.failures)}")
    assert load.failed
    assert versions(pair) == both(version)


@SOAK
def test_failed_evaluation_returns_all_requests_to_the_version_before(
    pair: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, release = versions(pair), other(pair)
    known = set(pair.containers())
    original = pair.emit

    def stop_the_new_application(severity: Severity, text: str) -> None:
        original(severity, text)
        if text.startswith(EVALUATING):
            for container in set(pair.containers()) - known:
                pair.inside(container, "docker stop --time 1 $(docker ps --quiet)")

    monkeypatch.setattr(pair, "emit", stop_the_new_application)
    with pytest.raises(DeploymentFailed):
        pair.deploy(pair.version(release), policy=Policy.TRAFFIC_SPLITTING, evaluation_seconds=120)
    assert versions(pair) == before
    with Load(pair.url, clients=CLIENTS) as load:
        load.until(200)
    assert (load.failed, set(load.answers)) == (0, {"1" if release == "2" else "2"})


@SOAK
@pytest.mark.parametrize("policy", [Policy.IMMUTABLE, *UNDONE])
def test_unhealthy_version_is_terminated_and_the_version_before_serves(
    pair: Environment, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pair.states()
    monkeypatch.setattr(rollout, "health_seconds", lambda _: 3.0)
    with Load(pair.url, clients=CLIENTS) as load, pytest.raises(DeploymentFailed):
        load.until(50)
        pair.deploy(pair.version(other(pair), HEALTH="500"), policy=policy)
    assert load.failed == 0
    assert len(load.answers) == 1
    assert pair.states() == before


@pytest.mark.parametrize(
    ("policy", "step"),
    [
        (Policy.IMMUTABLE, 4),
        pytest.param(Policy.ROLLING, 3, marks=SOAK),
        pytest.param(Policy.ROLLING_WITH_ADDITIONAL_BATCH, 5, marks=SOAK),
        pytest.param(Policy.TRAFFIC_SPLITTING, 5, marks=SOAK),
    ],
)
def test_stopped_deployment_is_undone_without_a_failed_request(pair: Environment, policy: Policy, step: int) -> None:
    current = pair.deploy(pair.version(pair.page()["release"]), policy=Policy.ALL_AT_ONCE)
    spec = dataclasses.replace(pair.spec, policy=policy)
    with Load(pair.url, clients=CLIENTS) as load:
        load.until(50)
        with pytest.raises(Killed):
            pair.operations.deploy(spec, pair.version(other(pair)), pair.emit, stopped_at(step))
        pair.operations.start(spec, current)
        pair.operations.restore(spec, current, pair.emit)
        load.until(load.requests + 100)
    assert (load.failed, dict(load.failures)) == (0, {})
    assert versions(pair) == both(current)
    mine = ("--filter", f"label=org.dockdj.environment={spec.environment_id}")
    assert len(bundles.docker("volume", "ls", "--quiet", *mine).split()) == 2


@SOAK
@pytest.mark.parametrize(
    "update",
    [
        Update(enabled=True, type=UpdateType.HEALTH, min_in_service=1),
        Update(enabled=True, min_in_service=2, pause_seconds=1),
        Update(type=UpdateType.IMMUTABLE),
    ],
)
def test_changed_machine_replaces_the_instances_without_a_failed_request(pair: Environment, update: Update) -> None:
    current = pair.deploy(pair.version(pair.page()["release"]), policy=Policy.ALL_AT_ONCE)
    before = {state.id for state in pair.states()}
    with Load(pair.url, clients=CLIENTS) as load:
        load.until(50)
        pair.configure(current, machine=f"machine-{update.type}", update=update)
        load.until(load.requests + 100)
    assert (load.failed, dict(load.failures)) == (0, {})
    assert versions(pair) == both(current)
    assert not before & {state.id for state in pair.states()}
