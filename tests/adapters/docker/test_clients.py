"""Builds and environments with the oldest supported Compose and Buildx, and with those of Debian's next release."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockdj.adapters import shell
from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker import versions
from dockdj.adapters.docker.compose import Stack
from dockdj.events import Event, Warned
from dockdj.model.oldest_versions import BUILDX, COMPOSE
from tests.support import runs
from tests.support.clients import Clients

pytestmark = pytest.mark.docker

DOCKERFILE = """\
FROM debian:trixie-slim AS base
ARG WORD
RUN echo "$WORD" >/word
FROM base
CMD ["sh", "-c", "cat /word; exec sleep 600"]
"""
COMPOSE_FILE = """\
services:
  web:
    image: {image}
    init: true
    environment: [WORD]
"""


@pytest.fixture(params=["oldest", "newest"])
def clients(request: pytest.FixtureRequest) -> Clients:
    given: Clients = request.getfixturevalue(f"{request.param}_clients")
    return given


@pytest.fixture
def image() -> Iterator[str]:
    name = f"{runs.name('clients')}:1"
    yield name
    shell.capture(["docker", "image", "rm", "--force", name], check=False)


def test_a_build_and_an_environment_work_with_other_clients(clients: Clients, image: str, tmp_path: Path) -> None:
    events: list[Event] = []
    versions.require_buildx(events.append)
    versions.require_compose(events.append)
    assert not [event for event in events if isinstance(event, Warned)]

    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    target = {"context": ".", "args": {"WORD": "hello"}, "tags": [image], "output": ["type=docker"]}
    groups = {"default": {"targets": ["web"]}}
    digests = docker.bake(json.dumps({"group": groups, "target": {"web": target}}), root=tmp_path)
    built = docker.image(image)
    assert built is not None and digests == {"web": built.config}

    file = tmp_path / "docker-compose.yml"
    file.write_text(COMPOSE_FILE.format(image=image))
    stack = Stack(runs.name("clients"), file, {"WORD": "variable"})
    try:
        stack.up()
        assert [(container.service, container.state) for container in stack.containers()] == [("web", "running")]
        assert stack.capture("web", ["sh", "-c", "cat /word; echo $WORD"]).stdout == "hello\nvariable\n"
    finally:
        stack.down()
    assert stack.containers() == ()


def test_the_oldest_clients_are_the_oldest_that_are_supported(oldest_clients: Clients) -> None:
    compose = shell.capture(["docker", "compose", "version", "--short"]).stdout
    buildx = shell.capture(["docker", "buildx", "version"]).stdout
    assert compose.lstrip("v").startswith(f"{COMPOSE.oldest}.")
    assert buildx.split()[1].lstrip("v").startswith(f"{BUILDX.oldest}.")
