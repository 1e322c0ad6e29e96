from typing import Any

import pytest

from dockdj.model.project.layout import EnvironmentFiles
from dockdj.model.smoke.compose_file import Published, Replacements, assembled, finishing, graceful, published

LABEL = ("org.example.smoke", "host:1")
WEB: dict[str, Any] = {
    "build": {"context": "../../.."},
    "container_name": "web",
    "env_file": "../../../environments/prod/.env",
    "ports": ["${DOCKDJ_PORT:-80}:8000"],
    "read_only": True,
    "depends_on": {"postgres": {"condition": "service_healthy"}, "tools": {"condition": "service_started"}},
}
DATABASE: dict[str, Any] = {
    "image": "postgres:17",
    "profiles": ["local"],
    "ports": ["5432:5432"],
    "volumes": ["data:/var/lib/postgresql/data"],
}
TOOLS = {"image": "tools", "profiles": ["debug"]}


def compose_file(document: dict[str, Any], exists: tuple[str, ...] = ()) -> Any:
    replacements = Replacements(
        images={"web": "shop/web:1.0.0"},
        backing={"postgres": "postgres:17"} if "postgres" in document["services"] else {},
        env_file="/tmp/env",
        label=LABEL,
        variables={"DOCKDJ_RELEASE": "shop-smoke"},
        exists=lambda path: path in exists,
        files=EnvironmentFiles().of("prod"),
    )
    return assembled(document, replacements)


def service(**more: Any) -> Any:
    return compose_file({"services": {"web": {**WEB, **more}}})["services"]["web"]


def test_only_released_and_backing_services_remain() -> None:
    document = compose_file(
        {"name": "shop", "services": {"web": WEB, "postgres": DATABASE, "tools": TOOLS}, "volumes": {"data": None}}
    )
    assert set(document["services"]) == {"web", "postgres"}
    assert "name" not in document
    web, database = document["services"]["web"], document["services"]["postgres"]
    assert (web["image"], web["pull_policy"], web["read_only"]) == ("shop/web:1.0.0", "never", True)
    assert web["env_file"] == ["/tmp/env"]
    assert web["environment"] == {"DOCKDJ_RELEASE": "shop-smoke"}
    assert web["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert not {"build", "container_name", "profiles"} & {*web, *database}
    assert database["image"] == "postgres:17" and "ports" not in database and "environment" not in database


def test_ports_become_free_ports_of_this_machine() -> None:
    lines = [
        "80:8000",
        "127.0.0.1:81:8001",
        "8002",
        "${X:-8003}",
        "${P:-90}:8004/udp",
        {"target": 8005, "published": 1},
    ]
    assert service(ports=lines)["ports"] == [
        "127.0.0.1::8000/tcp",
        "127.0.0.1::8001/tcp",
        "127.0.0.1::8002/tcp",
        "127.0.0.1::8003/tcp",
        "127.0.0.1::8004/udp",
        "127.0.0.1::8005/tcp",
    ]


def test_networks_and_volumes_belong_to_the_run() -> None:
    document = compose_file(
        {
            "services": {"web": WEB, "postgres": DATABASE},
            "networks": {"inner": {"name": "shop", "external": True, "internal": True}},
            "volumes": {"data": {"name": "shop-data", "driver_opts": {"device": "/srv/data"}, "labels": ["a=b"]}},
        }
    )
    label = dict([LABEL])
    assert document["networks"] == {"default": {"labels": label}, "inner": {"internal": True, "labels": label}}
    assert document["volumes"] == {"data": {"labels": {"a": "b", **label}}}
    assert all(body["labels"] == label for body in document["services"].values())


@pytest.mark.parametrize(
    ("mount", "becomes"),
    [
        ("data:/data", "data:/data"),
        ("/data", "/data"),
        ("/srv/data:/data", "/data"),
        ("~/data:/data:rw", "/data"),
        ("${HOME}/data:/data", "/data"),
        ("/etc/localtime:/etc/localtime:ro", "/etc/localtime:/etc/localtime:ro"),
        ("./data:/data", "/data"),
        ("../../../etc/app.conf:/app.conf", "../../../etc/app.conf:/app.conf"),
        ({"type": "bind", "source": "/srv", "target": "/data"}, "/data"),
        ({"type": "bind", "source": "/srv", "target": "/data", "read_only": True}, None),
        ({"type": "volume", "source": "data", "target": "/data"}, None),
    ],
)
def test_writable_bind_mounts_become_volumes(mount: Any, becomes: Any) -> None:
    document = compose_file({"services": {"web": {**WEB, "volumes": [mount]}}}, exists=("etc/app.conf",))
    assert document["services"]["web"]["volumes"] == [becomes or mount]


def test_other_env_files_stay_and_tables_may_be_lists() -> None:
    required = {"path": "../../../environments/prod/.env", "required": False}
    web = service(
        env_file=["more.env", required], environment=["A=1", "B"], depends_on=["postgres", "web"], labels=["a=b"]
    )
    assert web["env_file"] == ["more.env", "/tmp/env"]
    assert web["environment"] == {"A": "1", "B": None, "DOCKDJ_RELEASE": "shop-smoke"}
    assert web["depends_on"] == ["web"]
    assert web["labels"] == {"a": "b", **dict([LABEL])}


def test_the_applications_port_comes_first_then_elastic_beanstalks() -> None:
    services = {
        "a": {"ports": ["9000:9000", {"target": 1, "published": 1, "protocol": "udp"}]},
        "b": {"ports": ["80:8000"]},
        "c": {"ports": ["${DOCKDJ_PORT:-81}:8001"]},
        "d": {"ports": ["5432:5432"], "profiles": ["local"]},
        "e": None,
    }
    assert published({"services": services}) == (
        Published("c", 8001, 81, variable=True),
        Published("b", 8000, 80),
        Published("a", 9000, 9000),
    )


def test_finishing_and_graceful_services_are_found() -> None:
    waiting = {"depends_on": {"init": {"condition": "service_completed_successfully"}, "db": None}}
    services = {"web": waiting, "init": {"stop_grace_period": "40s"}, "db": {"stop_signal": "SIGINT"}, "none": None}
    assert finishing({"services": services}) == {"init"}
    assert graceful({"services": services}) == {"init", "db"}
