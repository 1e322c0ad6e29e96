"""Container definitions as `docker run` commands."""

import json
from graphlib import CycleError
from typing import Any

import pytest

from dockdj.localcloud.fleet.image.instance.eb_engine.ecs_rules import KNOWN, in_order, run_words
from tests.model.dockerrun.test_document import EXPRESSIBLE, dockerrun_file


def test_containers_are_ordered_by_their_needs() -> None:
    definitions: list[dict[str, Any]] = [
        {"name": "nginx", "links": ["django:app"]},
        {"name": "django", "dependsOn": [{"containerName": "cache", "condition": "HEALTHY"}]},
        {"name": "cache"},
    ]
    assert [definition["name"] for definition in in_order(definitions)] == ["cache", "django", "nginx"]
    with pytest.raises(CycleError):
        in_order([{"name": "a", "links": ["b"]}, {"name": "b", "links": ["a"]}])


def test_everything_that_a_compose_file_can_express_is_run() -> None:
    document = json.loads(dockerrun_file(EXPRESSIBLE))
    web = document["containerDefinitions"][0]
    volumes = {volume["name"]: volume["host"]["sourcePath"] for volume in document["volumes"]}
    words = run_words(web, volumes, {"back": "ecs-back"}, ["A"])

    assert set(web) <= KNOWN
    image = words.index(web["image"])
    assert words[image + 1 :] == ["serve", "a b"]
    expected = {
        "--memory=256m", "--memory-reservation=128m", "--cpu-shares=512", "--stop-timeout=70", "--env=A",
        "--link=ecs-back:other", "--link=ecs-back:back", "--publish=80:8000/tcp", "--volume=/srv/a:/a:ro",
        "--volumes-from=ecs-back:ro", "--tmpfs=/tmp:size=64m,noexec", "--cap-drop=ALL", "--cap-add=CHOWN", "--init",
        "--shm-size=64m", "--security-opt=no-new-privileges", "--health-cmd=true", "--health-interval=10s",
        "--user=1000", "--workdir=/x", "--hostname=h", "--tty", "--interactive", "--label=a=b",
        "--add-host=db:10.0.0.1", "--dns=10.0.0.2", "--dns-search=a.b", "--ulimit=nofile=1024:1024",
        "--sysctl=net.core.somaxconn=1024", "--log-driver=json-file", "--log-opt=max-size=1m", "--entrypoint=/start.sh",
    }  # fmt: skip
    assert expected <= set(words[:image])
    # False in the compose file.
    assert not {"--read-only", "--privileged"} & set(words)


def test_log_volume_of_elastic_beanstalk_is_mounted() -> None:
    logs = {"sourceVolume": "awseb-logs-web", "containerPath": "/var/log/app"}
    words = run_words({"name": "web", "image": "i", "mountPoints": [logs]}, {}, {}, [])
    assert "--volume=/var/log/containers/web:/var/log/app:rw" in words
