"""The ECS platform's validation of bundles."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dockdj.localcloud.contract import Platform
from dockdj.localcloud.fleet.ecs_bundle import validation_error
from dockdj.localcloud.platform import sample

WEB = {"name": "web", "image": "i", "memory": 64}
GOOD = {"AWSEBDockerrunVersion": 2, "containerDefinitions": [WEB]}


def error_of(tmp_path: Path, text: str, name: str = "Dockerrun.aws.json") -> str:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, text)
    return validation_error(path)


def test_valid_bundles_are_accepted(tmp_path: Path) -> None:
    assert error_of(tmp_path, json.dumps(GOOD)) == ""
    assert error_of(tmp_path, json.dumps({**GOOD, "AWSEBDockerrunVersion": "2"})) == ""
    assert validation_error(sample.bundle(tmp_path, Platform.ECS)) == ""


INVALID = "ECS Application sourcebundle validation error:"
WRONG_TYPES: list[dict[str, Any]] = [
    {"links": 5},
    {"links": [5]},
    {"dependsOn": ["x"]},
    {"dependsOn": [{}]},
    {"memory": "64"},
    {"memory": [1]},
    {"name": ["a"]},
]


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
        ({**GOOD, "containerDefinitions": [{**WEB, "links": ["app"]}, {**WEB, "name": "app", "links": ["web:w"]}]},
         "form a circle"),
        ({**GOOD, "containerDefinitions": [{**WEB, "links": ["web"]}]}, "form a circle"),
        *[({**GOOD, "containerDefinitions": [{**WEB, **wrong}]}, INVALID) for wrong in WRONG_TYPES],
    ],
)  # fmt: skip
def test_invalid_bundles_are_refused_in_the_platforms_words(tmp_path: Path, document: Any, text: str) -> None:
    assert text in error_of(tmp_path, json.dumps(document))


def test_bundle_without_a_readable_dockerrun_is_refused(tmp_path: Path) -> None:
    assert error_of(tmp_path, "{").startswith(INVALID)
    assert error_of(tmp_path, "services: {}", "docker-compose.yml").startswith(INVALID)
    (tmp_path / "no.zip").write_text("not a zip file")
    assert validation_error(tmp_path / "no.zip").startswith(INVALID)
