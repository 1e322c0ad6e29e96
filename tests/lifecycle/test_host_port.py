from collections.abc import Callable

import pytest

from dockdj.errors import MissingTool, UsageError
from dockdj.events import Event, Warned
from dockdj.lifecycle.host_port import choose

COMPOSE = 'ports:\n  - "${DOCKDJ_PORT:-8080}:8080"\n'


def free_but(*taken: int) -> Callable[[int], bool]:
    return lambda port: port not in taken


def test_the_usual_port_when_it_is_free() -> None:
    assert choose(COMPOSE, (), None, is_free=free_but()) == 8080


def test_the_next_free_one_is_chosen_and_said() -> None:
    said: list[Event] = []
    assert choose(COMPOSE, (), None, said.append, free_but(8080, 8081)) == 8082
    assert said == [Warned("port 8080 is taken; using 8082")]


def test_in_place_of_a_privileged_port_an_ordinary_one() -> None:
    assert choose(COMPOSE.replace("-8080", "-80"), (), None, is_free=free_but(80)) == 8080


def test_the_port_that_the_environment_holds_already_is_kept() -> None:
    assert choose(COMPOSE, {9000}, None, is_free=free_but(9000)) == 9000
    assert choose(COMPOSE, {9000}, 9000, is_free=free_but(9000)) == 9000


def test_a_port_asked_for_that_is_taken_is_an_error() -> None:
    with pytest.raises(MissingTool, match="port 9000 is taken"):
        choose(COMPOSE, {8080}, 9000, is_free=free_but(9000))


def test_when_all_are_taken_it_says_so() -> None:
    with pytest.raises(MissingTool, match="8081-8180 are taken"):
        choose(COMPOSE, (), None, is_free=lambda _: False)


def test_a_compose_file_without_the_variable_has_no_port_to_choose() -> None:
    assert choose("services: {}", (), None) is None
    with pytest.raises(UsageError):
        choose("services: {}", (), 8000)
