"""What the ECS platform says about bundles before an instance sees them."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dockdj.localcloud.fleet.ecs_bundle import objection
from dockdj.localcloud.platform import sample

WEB = {"name": "web", "image": "i", "memory": 64}
GOOD = {"AWSEBDockerrunVersion": 2, "containerDefinitions": [WEB]}


def said(tmp_path: Path, text: str, name: str = "Dockerrun.aws.json") -> str:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, text)
    return objection(path)


def test_good_bundles_are_run(tmp_path: Path) -> None:
    assert said(tmp_path, json.dumps(GOOD)) == ""
    assert said(tmp_path, json.dumps({**GOOD, "AWSEBDockerrunVersion": "2"})) == ""
    assert objection(sample.bundle(tmp_path, "ECS")) == ""


INVALID = "ECS Application sourcebundle validation error:"


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"containerDefinitions": [WEB]}, f"{INVALID} AWSEBDockerrunVersion is missing."),
        ({**GOOD, "AWSEBDockerrunVersion": 3}, f"{INVALID} Unsupported AWSEBDockerrunVersion: 3"),
        ({**GOOD, "AWSEBDockerrunVersion": {}}, f"{INVALID} We expected a VALUE token but got: START_OBJECT"),
        ({"AWSEBDockerrunVersion": 2}, f"{INVALID} containerDefinitions is missing."),
        ({**GOOD, "containerDefinitions": [{"name": "web", "image": "i"}]},
         "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified."),
        ({**GOOD, "containerDefinitions": [{**WEB, "memory": 5}]}, "memory must be at least 6"),
        ({**GOOD, "containerDefinitions": [{**WEB, "links": ["back"]}]}, "There is no container 'back'"),
        ({**GOOD, "containerDefinitions": [{**WEB, "essential": False}]}, "at least one essential container"),
        ({**GOOD, "containerDefinitions": [{**WEB, "gpu": 1}]}, "does not run gpu of the container 'web'"),
        ([], "START_OBJECT"),
    ],
)  # fmt: skip
def test_others_are_refused_in_the_platforms_words(tmp_path: Path, document: Any, text: str) -> None:
    assert text in said(tmp_path, json.dumps(document))


def test_what_is_no_dockerrun_is_refused(tmp_path: Path) -> None:
    assert said(tmp_path, "{").startswith(INVALID)
    assert said(tmp_path, "services: {}", "docker-compose.yml").startswith(INVALID)
    (tmp_path / "no.zip").write_text("no zip")
    assert objection(tmp_path / "no.zip").startswith(INVALID)
