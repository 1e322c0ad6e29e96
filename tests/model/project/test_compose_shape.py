"""The shape of a compose file: each part of another shape is named by its path."""

from typing import Any

import pytest

from dockdj.model.project.compose_shape import mistakes

RIGHT: dict[str, Any] = {
    "services": {
        "web": {
            "build": {"context": ".", "args": ["A=1"], "target": "prod"},
            "ports": [80, "8000:80", {"target": 80}],
            "volumes": ["data:/data", {"type": "bind", "source": ".", "target": "/app"}],
            "environment": {"A": 1, "B": None},
            "env_file": ["a.env", {"path": "b.env", "required": False}],
            "depends_on": {"db": {"condition": "service_healthy"}, "cache": None},
            "labels": ["a=b"],
            "command": "run",
        },
        "db": {"image": "postgres:17", "build": None, "networks": {"inner": None}},
        "empty": None,
    },
    "volumes": {"data": None, "named": {"labels": {"a": "b"}}},
    "networks": {"inner": {"labels": ["a=b"]}},
}


def test_right_shapes_have_no_mistake() -> None:
    assert list(mistakes(RIGHT)) == []


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"image": 7}, "services.web.image is not text"),
        ({"build": ["."]}, "services.web.build is not a table or text"),
        ({"build": {"context": 1}}, "services.web.build.context is not text"),
        ({"build": {"args": "A=1"}}, "services.web.build.args is not a table or a list"),
        ({"environment": "A=1"}, "services.web.environment is not a table or a list"),
        ({"environment": {1: "a"}}, "services.web.environment.1: a key is text: put it in quotes"),
        ({"labels": True}, "services.web.labels is not a table or a list"),
        ({"volumes": {"data": "/data"}}, "services.web.volumes is not a list"),
        ({"volumes": [["data"]]}, "services.web.volumes.0 is neither a table nor text"),
        ({"ports": [None]}, "services.web.ports.0 is neither a table nor text"),
        ({"ports": [{80: 1}]}, "services.web.ports.0.80: a key is text: put it in quotes"),
        ({"profiles": [1]}, "services.web.profiles.0 is not text"),
        ({"depends_on": [{"db": 1}]}, "services.web.depends_on.0 is not text"),
        ({"depends_on": {"db": "healthy"}}, "services.web.depends_on.db is not a table"),
        ({1: 2}, "services.web.1: a key is text: put it in quotes"),
        ("nginx", "services.web is not a table"),
    ],
)
def test_part_of_a_service_with_another_shape_is_named(part: Any, expected: str) -> None:
    assert list(mistakes({"services": {"web": part}})) == [expected]


@pytest.mark.parametrize("name", ["volumes", "networks"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["data"], "{} is not a table"),
        ({"data": "local"}, "{}.data is not a table"),
        ({1: None}, "{}.1: a key is text: put it in quotes"),
        ({"data": {"labels": True}}, "{}.data.labels is not a table or a list"),
        ({"data": {"labels": {1: "a"}}}, "{}.data.labels.1: a key is text: put it in quotes"),
        ({"data": {1: "a"}}, "{}.data.1: a key is text: put it in quotes"),
    ],
)
def test_volume_or_network_with_another_shape_is_named(name: str, value: Any, expected: str) -> None:
    assert list(mistakes({"services": {}, name: value})) == [expected.format(name)]


def test_name_of_a_service_that_is_a_number_is_named() -> None:
    assert list(mistakes({"services": {1: {}}})) == ["services.1: a name is text: put it in quotes"]
