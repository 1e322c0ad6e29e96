from collections.abc import Callable

import pytest

from dockdj.adapters.docker.compose import Container
from dockdj.errors import MissingTool, UsageError
from dockdj.events import Event, Warned
from dockdj.lifecycle.environments.host_ports import APPLICATION, OpenPort, choose, held, open_ports

ASSETS = "DOCKDJ_ASSETS_PORT"
WANTED = (OpenPort("django", APPLICATION, 8080, 8080), OpenPort("assets", ASSETS, 8010, 8010))


def free_but(*taken: int) -> Callable[[int], bool]:
    return lambda port: port not in taken


def test_open_ports_are_read_from_the_compose_file() -> None:
    document = {
        "services": {
            "django": {"ports": ["127.0.0.1:${DOCKDJ_PORT:-8080}:8080"], "environment": {"A": "${DOCKDJ_PORT:-8080}"}},
            "assets": {"ports": ["${DOCKDJ_ASSETS_PORT:-8010}:8010/tcp"]},
            "fixed": {"ports": ["9000:9000", 9001, "${OTHER_PORT:-1}:1"]},
            "postgres": None,
        }
    }
    assert open_ports(document) == WANTED


def test_default_ports_are_chosen_when_free() -> None:
    assert choose(WANTED, {}, None, is_free=free_but()) == {APPLICATION: 8080, ASSETS: 8010}


def test_the_next_free_port_is_chosen_with_a_warning() -> None:
    said: list[Event] = []
    chosen = choose(WANTED, {}, None, said.append, free_but(8080, 8081, 8010))
    assert chosen == {APPLICATION: 8082, ASSETS: 8011}
    assert said == [Warned("port 8080 is taken; using 8082"), Warned("port 8010 is taken; using 8011")]


def test_a_taken_privileged_port_is_replaced_by_an_unprivileged_port() -> None:
    wanted = (OpenPort("nginx", APPLICATION, 80, 8000),)
    assert choose(wanted, {}, None, is_free=free_but(80)) == {APPLICATION: 8080}


def test_two_services_never_get_the_same_port() -> None:
    near = (OpenPort("django", APPLICATION, 8009, 8080), WANTED[1])
    assert choose(near, {}, None, is_free=free_but(8009)) == {APPLICATION: 8010, ASSETS: 8011}
    # The one asked for comes last in the file, and is not given away before.
    assert choose(WANTED[::-1], {}, 8010, is_free=free_but()) == {ASSETS: 8011, APPLICATION: 8010}


def test_ports_of_the_environments_containers_are_kept() -> None:
    containers = [Container("django", "running", ports={8080: 9000}), Container("postgres", "running", ports={5432: 1})]
    own = held(WANTED, containers)
    assert own == {APPLICATION: 9000}
    assert choose(WANTED, own, None, is_free=free_but(9000)) == {APPLICATION: 9000, ASSETS: 8010}
    assert choose(WANTED, own, 9000, is_free=free_but(9000))[APPLICATION] == 9000


def test_a_taken_requested_port_is_refused() -> None:
    with pytest.raises(MissingTool, match="port 9000 is taken"):
        choose(WANTED, {APPLICATION: 8080}, 9000, is_free=free_but(9000))


def test_error_when_all_tried_ports_are_taken() -> None:
    with pytest.raises(MissingTool, match="8081-8180 are taken"):
        choose(WANTED, {}, None, is_free=lambda _: False)


def test_requested_port_without_the_variable_is_refused() -> None:
    assert choose((), {}, None) == {}
    with pytest.raises(UsageError):
        choose((), {}, 8000)
