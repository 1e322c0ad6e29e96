"""What is decided about containers, without any."""

from pathlib import Path

import pytest

from dockdj.adapters.docker.compose import Container, Stack
from dockdj.errors import Refused
from dockdj.events import Event, Warned
from dockdj.lifecycle.environments.containers import require_own, urls_of
from dockdj.lifecycle.environments.host_ports import APPLICATION, OpenPort
from dockdj.lifecycle.environments.processes import lacking
from dockdj.model.project.compose_file import Build, Service
from dockdj.model.project.project import Project, Recipe

PROJECT = Project("shop", "0", Recipe("0"))


def checkout(folder: Path) -> Stack:
    """A stack whose compose file lies in a project at `folder`."""
    file = folder / "docker/django/dev/docker-compose.yml"
    file.parent.mkdir(parents=True)
    (folder / "dockdj.toml").touch()
    return Stack("shop-dev", file)


def container(folder: Path, state: str = "running") -> Container:
    return Container("django", state, folder=str(folder / "docker/django/dev"))


def test_start_accepts_containers_of_this_checkout(tmp_path: Path) -> None:
    stack = checkout(tmp_path / "here")
    (tmp_path / "link").symlink_to(tmp_path / "here")
    require_own(
        PROJECT, "dev", stack, [container(tmp_path / "here"), container(tmp_path / "link"), Container("x", "running")]
    )


def test_start_refuses_while_another_checkout_runs(tmp_path: Path) -> None:
    stack = checkout(tmp_path / "here")
    checkout(tmp_path / "other")
    with pytest.raises(Refused) as caught:
        require_own(PROJECT, "dev", stack, [container(tmp_path / "other")])
    assert str(tmp_path / "other") in caught.value.message
    assert caught.value.hint.endswith(f"dockdj stop dev --project {tmp_path / 'other'}")
    require_own(PROJECT, "dev", stack, [container(tmp_path / "other", "exited")])


def test_containers_of_a_removed_checkout_are_taken_over_with_a_warning(tmp_path: Path) -> None:
    said: list[Event] = []
    require_own(PROJECT, "dev", checkout(tmp_path / "here"), [container(tmp_path / "gone")], said.append)
    assert [type(each) for each in said] == [Warned]


def test_the_applications_address_comes_first() -> None:
    wanted = (OpenPort("nginx", APPLICATION, 80, 8000),)
    found = (
        Container("assets", "running", ports={8010: 8011}),
        Container("nginx", "running", ports={8000: 80, 9000: 9001}),
        Container("postgres", "running"),
    )
    assert list(urls_of(wanted, found).items()) == [
        ("application", "http://localhost/"),
        ("assets", "http://localhost:8011/"),
        ("nginx", "http://localhost:9001/"),
    ]


def test_healthy_backing_services_are_not_started_again() -> None:
    services = (Service("django", Build(".", "D")), Service("postgres", image="p"), Service("redis", image="r"))
    found = [Container("postgres", "running", "healthy"), Container("redis", "running", "starting")]
    assert lacking(services, found) == ["redis"]
    assert lacking(services, []) == ["postgres", "redis"]
