"""Two environments with one instance each: they exchange their balancers, and each survives the other."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dockdj.localcloud.contract import Policy
from dockdj.localcloud.fleet.operations import Operations
from dockdj.localcloud.fleet.services import Services
from tests.localcloud.fleet.conftest import Environment
from tests.localcloud.fleet.spec import SPEC
from tests.support.load import Load

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def pair(
    state_id: str, cloud_services: Services, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Environment, Environment]]:
    """An environment that runs release 1, and one that runs release 2."""
    environments = []
    for number in ("1", "2"):
        spec = replace(
            SPEC,
            environment_id=f"e-swap00000{number}",
            name=f"swap-{number}",
            min_size=1,
            policy=Policy.ALL_AT_ONCE,
            deregistration_delay=1,
        )
        environment = Environment(Operations(state_id), spec, tmp_path_factory.mktemp("swap"), images)
        port = environment.operations.launch(spec, environment.version(number), environment.emit)
        environment.spec = replace(spec, port=port)
        environments.append(environment)
    first, second = environments
    yield first, second
    for environment in environments:
        environment.operations.terminate(environment.spec, environment.emit)


def releases(pair: tuple[Environment, Environment]) -> list[str]:
    """The release at the first environment's address, and at the second one's."""
    return [environment.page()["release"] for environment in pair]


def exchanged(pair: tuple[Environment, Environment]) -> tuple[Environment, Environment]:
    """The environments as they are after a swap."""
    first, second = pair
    return (
        replace(first, spec=replace(first.spec, balancer=second.spec.environment_id, port=second.spec.port)),
        replace(second, spec=replace(second.spec, balancer=first.spec.environment_id, port=first.spec.port)),
    )


def rewire(pair: tuple[Environment, Environment]) -> None:
    for environment in pair:
        environment.operations.rewire(environment.spec, environment.emit)


def test_swapped_environments_serve_at_the_others_address_without_a_failed_request(
    pair: tuple[Environment, Environment],
) -> None:
    assert releases(pair) == ["1", "2"]
    swapped = exchanged(pair)
    with Load(pair[0].url) as load:
        load.until(50)
        rewire(swapped)
        load.until(load.requests + 50)
    assert (load.failed, dict(load.failures)) == (0, {})
    assert load.answers["1"] and load.answers["2"]
    assert releases(pair) == ["2", "1"]
    assert releases(swapped) == ["1", "2"]
    states = [environment.states() for environment in swapped]
    assert [state.status for (state,) in states] == ["Ok", "Ok"]
    rewire(pair)
    assert releases(pair) == ["1", "2"]


def test_a_swap_that_was_interrupted_half_way_is_undone_by_the_next_start(
    pair: tuple[Environment, Environment],
) -> None:
    first, second = pair
    swapped, _ = exchanged(pair)
    swapped.operations.rewire(swapped.spec, swapped.emit)
    assert releases(pair) == ["1", "1"]
    for environment in pair:
        environment.operations.start(environment.spec, environment.version("1"))
    assert releases(pair) == ["1", "2"]
    assert (first.spec.port, second.spec.port) == (
        first.operations.start(first.spec, first.version("1")),
        second.spec.port,
    )


def test_a_start_takes_no_serving_instance_out_of_rotation(pair: tuple[Environment, Environment]) -> None:
    first, _ = pair
    with Load(first.url) as load:
        load.until(50)
        first.operations.start(first.spec, first.version("1"))
        load.until(load.requests + 50)
    assert (load.failed, dict(load.failures)) == (0, {})


def test_a_restarted_application_serves_again_in_new_containers(pair: tuple[Environment, Environment]) -> None:
    first, _ = pair
    (container,) = first.containers()
    started = "docker ps --quiet | xargs docker inspect --format '{{.State.StartedAt}}'"
    before = first.inside(container, started)
    first.operations.restart(first.spec, first.emit)
    assert first.inside(container, started) != before
    assert first.page()["release"] == "1"


def test_an_environment_is_terminated_with_the_balancer_that_it_got_and_no_other(
    pair: tuple[Environment, Environment],
) -> None:
    swapped = exchanged(pair)
    rewire(swapped)
    gone, kept = swapped
    gone.operations.terminate(gone.spec, gone.emit)
    assert kept.page()["release"] == "2"
    assert gone.states() == ()
    # A rebuild: the same instance count, version and address.
    port = gone.operations.launch(gone.spec, gone.version("1"), gone.emit)
    assert port == gone.spec.port
    assert releases(swapped) == ["1", "2"]
    rewire(pair)
    assert releases(pair) == ["1", "2"]
