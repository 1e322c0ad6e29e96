"""Compose file -> Dockerrun.aws.json: every key is converted or refused, and nothing is lost."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import Shape
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from dockdj.errors import ProjectError
from dockdj.model.dockerrun.document import dockerrun

FILE = "docker/django/prod/docker-compose.yml"
IMAGES = {"web": "r/shop@sha256:1", "back": "r/shop@sha256:2"}
BACK = {"mem_limit": "64m", "healthcheck": {"test": "true"}}

# A valid value of every key that ECS has an equivalent of.
EXPRESSIBLE: dict[str, Any] = {
    "command": "serve 'a b'", "entrypoint": ["/start.sh"], "environment": {"A": "1"}, "ports": ["80:8000"],
    "depends_on": {"back": {"condition": "service_healthy"}}, "links": ["back:other"], "volumes": ["/srv/a:/a:ro"],
    "volumes_from": ["back:ro"], "read_only": False, "tmpfs": "/tmp:size=64m,noexec", "cap_drop": ["ALL"],
    "cap_add": ["CHOWN"], "security_opt": ["no-new-privileges:true"], "stop_grace_period": "1m10s",
    "healthcheck": {"test": ["CMD", "true"], "interval": "10s", "start_interval": "1s"}, "mem_limit": "256m",
    "mem_reservation": "128m", "cpu_shares": 512, "init": True, "shm_size": "64m", "user": 1000, "working_dir": "/x",
    "hostname": "h", "privileged": False, "tty": True, "stdin_open": True, "labels": ["a=b"],
    "extra_hosts": ["db:10.0.0.1"], "dns": "10.0.0.2", "dns_search": ["a.b"], "ulimits": {"nofile": 1024},
    "sysctls": {"net.core.somaxconn": 1024}, "logging": {"driver": "json-file", "options": {"max-size": "1m"}},
}  # fmt: skip
# Keys that are accepted without an equivalent, as the documentation says.
BY_THE_PLATFORM: dict[str, Any] = {
    "env_file": ".env", "restart": "always", "profiles": [], "build": {"context": "."}, "image": "x", "x-note": "y",
}  # fmt: skip
REFUSED: dict[str, Any] = {
    "annotations": {"a": "b"}, "attach": False, "blkio_config": {"weight": 300}, "cgroup": "host", "cgroup_parent": "c",
    "configs": ["c"], "container_name": "c", "cpu_count": 2, "cpu_percent": 50, "cpu_period": 1, "cpu_quota": 1,
    "cpu_rt_period": 1, "cpu_rt_runtime": 1, "cpus": 0.5, "cpuset": "0", "credential_spec": {"file": "f"},
    "deploy": {"replicas": 2}, "develop": {"watch": []}, "device_cgroup_rules": ["c 1:3 mr"], "devices": ["/dev/a"],
    "dns_opt": ["ndots:1"], "domainname": "d", "expose": [80], "extends": {"service": "back"}, "external_links": ["l"],
    "gpus": "all", "group_add": [1], "ipc": "host", "isolation": "process", "label_file": "f", "mac_address": "02::1",
    "mem_swappiness": 1, "memswap_limit": "1g", "network_mode": "host", "networks": ["n"], "oom_kill_disable": True,
    "oom_score_adj": 1, "pid": "host", "pids_limit": 10, "platform": "linux/amd64", "post_start": [], "pre_stop": [],
    "provider": {"type": "t"}, "pull_policy": "always", "runtime": "r", "scale": 2, "secrets": ["s"],
    "stop_signal": "SIGINT", "storage_opt": {"size": "1G"}, "userns_mode": "host", "uts": "host",
}  # fmt: skip


def dockerrun_file(web: Mapping[str, Any], **more: Any) -> bytes:
    return dockerrun({"services": {"web": web, "back": BACK}}, FILE, IMAGES, **more)


def definition(web: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    container: dict[str, Any] = json.loads(dockerrun_file({"mem_limit": "64m", **web}, **more))["containerDefinitions"][
        0
    ]
    return container


def refusal(web: Mapping[str, Any]) -> str:
    with pytest.raises(ProjectError) as caught:
        dockerrun_file({"mem_limit": "64m", **web})
    return caught.value.message


@cache
def task_definition() -> Shape:
    """The input of RegisterTaskDefinition, by Amazon's own description."""
    shape = botocore.session.Session().get_service_model("ecs").operation_model("RegisterTaskDefinition").input_shape
    assert shape is not None
    return shape


def chosen(values: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.sets(st.sampled_from(sorted(values))).map(lambda keys: {key: values[key] for key in keys})


@given(chosen(EXPRESSIBLE | BY_THE_PLATFORM))
def test_each_expressible_key_changes_the_file(given_keys: dict[str, Any]) -> None:
    web = {"mem_limit": "256m", **given_keys}
    whole = dockerrun_file(web)
    for key in given_keys:
        rest = {name: value for name, value in web.items() if name != key}
        if key == "mem_limit":
            rest["mem_limit"] = "257m"
        assert (dockerrun_file(rest) == whole) == (key in BY_THE_PLATFORM), key


@given(chosen(EXPRESSIBLE), chosen(REFUSED).filter(bool))
def test_exactly_the_keys_without_an_equivalent_are_named(accepted: dict[str, Any], refused: dict[str, Any]) -> None:
    text = refusal({"mem_limit": "256m", **accepted, **refused})
    assert {line.split(": ")[1] for line in text.splitlines()[1:]} == {f"services.web.{key}" for key in refused}
    assert all(line.startswith(f"  {FILE}: ") for line in text.splitlines()[1:])


@given(st.text("abcdefgh_-", min_size=3).filter(lambda key: key not in EXPRESSIBLE | BY_THE_PLATFORM))
def test_an_unknown_key_is_refused(key: str) -> None:
    assert f"services.web.{key}: " in refusal({key: "x"})


@given(chosen(EXPRESSIBLE))
def test_amazons_model_accepts_the_container_definitions(given_keys: dict[str, Any]) -> None:
    document = json.loads(dockerrun_file({"mem_limit": "256m", **given_keys}))
    assert document.pop("AWSEBDockerrunVersion") == 2
    report = ParamValidator().validate({"family": "f", **document}, task_definition())
    assert not report.has_errors(), report.generate_report()


@given(st.permutations(sorted(EXPRESSIBLE)))
def test_the_order_of_keys_does_not_matter(keys: list[str]) -> None:
    assert dockerrun_file({key: EXPRESSIBLE[key] for key in keys}) == dockerrun_file(EXPRESSIBLE)


def test_values_are_converted() -> None:
    container = definition({**EXPRESSIBLE, "tmpfs": ["/tmp:size=1g", "/run:size=1m,noexec"]})
    assert container["command"] == ["serve", "a b"]
    assert container["portMappings"] == [{"hostPort": 80, "containerPort": 8000, "protocol": "tcp"}]
    assert container["links"] == ["back:other", "back"]
    assert container["dependsOn"] == [{"containerName": "back", "condition": "HEALTHY"}]
    assert (container["memory"], container["memoryReservation"], container["stopTimeout"]) == (256, 128, 70)
    assert container["linuxParameters"]["tmpfs"] == [
        {"containerPath": "/tmp", "size": 1024},
        {"containerPath": "/run", "size": 1, "mountOptions": ["noexec"]},
    ]
    assert container["linuxParameters"]["capabilities"] == {"add": ["CHOWN"], "drop": ["ALL"]}
    assert container["healthCheck"] == {
        "command": ["CMD", "true"], "interval": 10, "timeout": 30, "retries": 3, "startPeriod": 0,
    }  # fmt: skip
    assert container["ulimits"] == [{"name": "nofile", "softLimit": 1024, "hardLimit": 1024}]
    assert container["extraHosts"] == [{"hostname": "db", "ipAddress": "10.0.0.1"}]


def test_a_mount_becomes_a_volume_of_the_task_and_a_mount_point() -> None:
    document = json.loads(
        dockerrun_file(
            {"mem_limit": "64m", "volumes": ["/srv/a:/a:ro", {"type": "bind", "source": "/b", "target": "/c"}]}
        )
    )
    assert document["volumes"] == [
        {"name": "web-1", "host": {"sourcePath": "/srv/a"}},
        {"name": "web-2", "host": {"sourcePath": "/b"}},
    ]
    assert document["containerDefinitions"][0]["mountPoints"] == [
        {"sourceVolume": "web-1", "containerPath": "/a", "readOnly": True},
        {"sourceVolume": "web-2", "containerPath": "/c", "readOnly": False},
    ]


def test_variables_become_their_defaults_and_dollars_stay() -> None:
    container = definition({"ports": ["${PORT:-80}:8000"], "environment": ["A=a$$b", "B", "C=${D-}"]})
    assert container["portMappings"][0]["hostPort"] == 80
    assert container["environment"] == [{"name": "A", "value": "a$b"}, {"name": "C", "value": ""}]


def test_a_targets_variables_override_the_compose_file() -> None:
    container = definition({"environment": {"A": "1", "B": "2"}}, environment={"A": "$x"})
    assert container["environment"] == [{"name": "A", "value": "$x"}, {"name": "B", "value": "2"}]
    role = "arn:aws:iam::1:role/x"
    assert json.loads(dockerrun_file({"mem_limit": "6m"}, execution_role=role))["executionRoleArn"] == role


def test_services_outside_the_release_are_not_dependencies() -> None:
    container = definition({"depends_on": {"postgres": {"condition": "service_healthy", "restart": True}, "back": {}}})
    assert (container["links"], "dependsOn" in container) == (["back"], False)


@pytest.mark.parametrize(
    ("web", "part"),
    [
        ({"mem_limit": None}, "services.web: ECS requires mem_reservation"),
        ({"mem_limit": "1000"}, "services.web.mem_limit: whole mebibytes"),
        ({"mem_limit": "5m"}, "services.web.mem_limit: ECS accepts 6 to"),
        ({"mem_limit": "64m", "mem_reservation": "64m"}, "services.web.mem_reservation: ECS requires less"),
        ({"tmpfs": ["/tmp"]}, "services.web.tmpfs: ECS requires a size: /tmp:size=64m"),
        ({"tmpfs": ["/tmp:size=1m,mode=700"]}, "services.web.tmpfs: ECS does not support the mount option mode=700"),
        ({"ports": ["8000"]}, "services.web.ports: a port of the host"),
        ({"ports": ["127.0.0.1:80:8000"]}, "services.web.ports: a port of the host"),
        ({"ports": [{"target": 80, "published": 80, "mode": "host"}]}, "services.web.ports: a port mapping of ECS"),
        ({"volumes": ["data:/data"]}, "services.web.volumes: ECS loses Docker's volumes"),
        ({"volumes": ["/data"]}, "services.web.volumes: ECS loses Docker's volumes"),
        ({"volumes": ["./a:/a"]}, "services.web.volumes: the files of the project are not on the machine"),
        ({"stop_grace_period": "1.5s"}, "services.web.stop_grace_period: whole seconds are required"),
        ({"healthcheck": {"disable": True}}, "services.web.healthcheck: ECS has no equivalent of disable"),
        ({"healthcheck": {"test": "x", "interval": "1s"}}, "services.web.healthcheck: ECS accepts 5 to 300, not 1"),
        ({"depends_on": {"back": {"condition": "service_completed_successfully"}}}, "services.web.depends_on: back is"),
        ({"depends_on": {"back": {"restart": True}}}, "services.web.depends_on: ECS has no equivalent of back.restart"),
        ({"links": ["postgres"]}, "services.web.links: postgres is not part of a release"),
        ({"depends_on": ["web"]}, "services: web → web depend on each other"),
        ({"restart": "no"}, "services.web.restart: use always, unless-stopped, on-failure, because on ECS"),
        ({"extra_hosts": ["h:host-gateway"]}, "services.web.extra_hosts: ECS requires an IP address for h"),
        ({"environment": {"A": 1.5}}, "services.web.environment: text is required: put 1.5 in quotes"),
        ({"command": "a ${B}"}, "services.web.command: ECS does not replace `${B}`"),
        ({"command": "it's"}, "services.web.command: Compose does not accept its value"),
        ({"security_opt": ["seccomp:unconfined"]}, "services.web.security_opt: ECS has no equivalent of seccomp"),
        ({"entrypoint": []}, "services.web.entrypoint: to ECS, an empty list"),
    ],
)  # fmt: skip
def test_values_without_an_equivalent_are_refused(web: dict[str, Any], part: str) -> None:
    assert part in refusal(web)


def test_a_container_without_memory_is_refused() -> None:
    with pytest.raises(ProjectError, match=r"services\.web: ECS requires mem_reservation .* or mem_limit"):
        dockerrun_file({})


def test_top_level_keys_are_refused_by_name() -> None:
    document = {"services": {"web": BACK}, "networks": {"n": {}}, "x-a": 1, "volumes": {"data": None}}
    with pytest.raises(ProjectError, match=r"docker-compose\.yml: networks: ") as caught:
        dockerrun(document, FILE, {"web": "i"})
    assert len(caught.value.message.splitlines()) == 2
