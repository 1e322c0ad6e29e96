"""The containers of a release: what bundles keep of a resolved compose file, and what is a mistake."""

from typing import Any

import pytest

from dockdj.model.beanstalk.containers import Containers, containers, pinned
from dockdj.model.canonical import canonical
from dockdj.model.project.compose_references import Mistake, referenced

FILE, VARIABLES = "docker/prod/docker-compose.yml", "environments/prod/.env"
PRESENT = {"docker/prod/nginx.conf", "docker/prod/flags.env", "docker/shared", ".env"}


def taken(**web: Any) -> tuple[Containers, tuple[Mistake, ...]]:
    document = {
        "services": {"web": {"build": {"context": "."}, **web}, "db": {"image": "postgres:17", "profiles": ["local"]}},
        "volumes": {"data": None, "unused": None},
    }
    return containers(document, FILE, VARIABLES, ["web"], PRESENT.__contains__)


def web(**body: Any) -> Any:
    released, mistakes = taken(**body)
    assert mistakes == ()
    return released.compose["services"]["web"]


def test_a_service_keeps_its_keys_and_loses_what_a_build_or_development_needs() -> None:
    body = web(develop={"watch": []}, command=["a"], **{"x-owner": "us"}, cpus=0.5)
    assert body == {"command": ["a"], "cpus": "0.5"}


def test_paths_are_relative_to_the_project_and_their_files_are_needed() -> None:
    released, mistakes = taken(
        volumes=[
            {"type": "bind", "source": "./nginx.conf", "target": "/n", "read_only": True},
            {"type": "bind", "source": "../shared", "target": "/s"},
            {"type": "bind", "source": "/srv", "target": "/srv"},
            {"type": "volume", "source": "data", "target": "/d"},
        ],
        env_file=[{"path": "../../environments/prod/.env", "required": True}, {"path": "flags.env"}],
        security_opt=["no-new-privileges:true", "seccomp=nginx.conf"],
    )
    assert mistakes == ()
    assert released.files == ("docker/prod/flags.env", "docker/prod/nginx.conf", "docker/shared")
    body = released.compose["services"]["web"]
    assert [mount["source"] for mount in body["volumes"]] == [
        "./docker/prod/nginx.conf",
        "./docker/shared",
        "/srv",
        "data",
    ]
    assert body["env_file"] == [".env", "./docker/prod/flags.env"]
    assert body["security_opt"] == ["no-new-privileges:true", "seccomp=./docker/prod/nginx.conf"]
    assert released.compose["volumes"] == {"data": None}


def test_an_optional_env_file_that_the_commit_lacks_is_left_out() -> None:
    assert "env_file" not in web(env_file=[{"path": "none.env", "required": False}])


def test_dependencies_on_services_of_a_profile_are_left_out() -> None:
    assert "depends_on" not in web(depends_on={"db": {"condition": "service_healthy", "required": True}})


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ({"env_file": [{"path": "none.env"}]}, "services.web.env_file.0: the commit has no docker/prod/none.env"),
        ({"env_file": [{"path": "../../.env"}]}, "services.web.env_file.0: with a `.env` in the bundle"),
        ({"env_file": [{"path": "flags.env", "format": "raw"}]}, "services.web.env_file.0: format: "),
        ({"volumes": ["$A:/a"]}, "services.web.volumes.0: `$A:/a` holds a variable"),
        (
            {"volumes": [{"type": "bind", "source": "../..", "target": "/a"}]},
            "volumes.0.source: it is the whole project",
        ),
        (
            {"volumes": [{"type": "bind", "source": "../../..", "target": "/a"}]},
            "volumes.0.source: `../../..` is outside",
        ),
        ({"volumes": [{"type": "image", "source": "a", "target": "/a"}]}, "services.web.volumes.0.type: `image`"),
        ({"volumes": [{"type": "volume", "target": "/a", "volume": {"subpath": "b"}}]}, "volumes.0.volume.subpath: "),
        ({"gpus": "all"}, "services.web.gpus: an instance may have Compose 2.20"),
        ({"deploy": {"resources": {"limits": {"devices": []}}}}, "services.web.deploy.resources.limits.devices: "),
        ({"pid": "service:db"}, "services.web.pid: the service db is not part of a release"),
        ({"volumes_from": ["db:ro"]}, "services.web.volumes_from.0: the service db is not part"),
        ({"pull_policy": "never"}, "services.web.pull_policy: `never` has no use"),
    ],
)
def test_what_no_bundle_can_hold_is_a_mistake(body: dict[str, Any], cause: str) -> None:
    _, mistakes = taken(**body)
    assert len(mistakes) == 1
    assert cause in str(mistakes[0])


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        ({"target": 8000, "published": "80", "protocol": "tcp"}, True),
        ({"target": 8000, "published": "80", "protocol": "udp"}, False),
        ({"target": 8000, "published": "80", "host_ip": "127.0.0.2"}, False),
        ({"target": 8000}, False),
    ],
)
def test_two_services_cannot_publish_the_same_port(other: dict[str, Any], shared: bool) -> None:
    first = {"target": 9000, "published": "80", "protocol": "tcp", "mode": "ingress"}
    document = {
        "services": {"a": {"image": "a", "ports": [first, {"target": 1}]}, "b": {"image": "b", "ports": [other]}}
    }
    _, mistakes = containers(document, FILE, VARIABLES, ["a", "b"], PRESENT.__contains__)
    assert [str(mistake).partition(";")[0] for mistake in mistakes] == (
        ["services.b.ports.0: the port 80/tcp of an instance belongs to a already"] if shared else []
    )


def test_a_bundle_pins_images_and_adds_variables_with_literal_dollars() -> None:
    released, _ = taken(environment=["A=1", "B"])
    services = pinned(released, {"web": "r@sha256:1"}, {"X": "a$b"})["services"]
    assert services["web"]["image"] == "r@sha256:1"
    assert services["web"]["environment"] == {"A": "1", "B": None, "X": "a$$b"}


def test_a_bundle_does_not_depend_on_the_order_of_its_inputs() -> None:
    released, _ = taken()
    first = pinned(released, {"web": "r"}, {"B": "1", "A": "2"})
    assert list(first["services"]["web"]["environment"]) == ["A", "B"]
    assert first == pinned(released, {"web": "r"}, {"A": "2", "B": "1"})


def test_a_record_can_hold_the_containers() -> None:
    released, _ = taken(cpus=1.5, environment={"BIG": 2**60, "HALF": 0.5}, mem_swappiness=0)
    assert canonical(released.compose)


def test_references_stay_in_the_project_and_on_this_machine() -> None:
    document = {
        "include": ["a.yml", {"path": ["../b.yml", "$C.yml"]}, "https://example.com/x.git", "../../../out.yml"],
        "services": {"web": {"extends": {"file": "common.yml", "service": "x"}}, "own": {"extends": "web"}},
    }
    references, mistakes = referenced(document, FILE)
    assert [each.path for each in references] == ["docker/prod/a.yml", "docker/b.yml", "docker/prod/common.yml"]
    assert [mistake.cause for mistake in mistakes] == [
        "`$C.yml` holds a variable",
        "`https://example.com/x.git` is on another host",
        "`../../../out.yml` is outside of the project",
    ]
