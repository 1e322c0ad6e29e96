import json

import pytest

from dockdj.errors import ProjectError
from dockdj.model.build.bake_definition import BuildOptions, definition
from dockdj.model.project.compose_file import Build, Service, released, services

FILE = "docker/django/prod/docker-compose.yml"


def test_paths_of_a_build_are_relative_to_the_project() -> None:
    document = {
        "services": {
            "django": {
                "build": {
                    "context": "../../..",
                    "dockerfile": "docker/django/Dockerfile",
                    "target": "prod",
                    "args": ["A=1"],
                }
            }
        }
    }
    assert services(document, FILE) == (Service("django", Build(".", "docker/django/Dockerfile", "prod", {"A": "1"})),)


def test_services_under_a_profile_are_not_released() -> None:
    document = {"services": {"cache": {"image": "redis:7"}, "db": {"image": "postgres:17", "profiles": ["local"]}}}
    assert [service.name for service in released(services(document, FILE))] == ["cache"]


@pytest.mark.parametrize("document", [None, {}, {"services": {}}, {"services": {"x": {}}}, []])
def test_a_file_without_anything_to_release_is_refused(document: object) -> None:
    with pytest.raises(ProjectError, match="docker-compose"):
        services(document, FILE)


def test_a_service_called_record_is_refused() -> None:
    with pytest.raises(ProjectError, match=r"services\.record: the name is reserved"):
        services({"services": {"record": {"image": "redis:7"}}}, FILE)


def test_one_bake_builds_all_images_and_their_evidence_with_the_same_arguments() -> None:
    found = (Service("django", Build(".", "Dockerfile", "prod")), Service("cache", image="redis:7"))
    made = json.loads(
        definition(found, {"django": "shop/django:1"}, BuildOptions(evidence_folder="/out", test_run="n"))
    )
    assert made["group"]["default"]["targets"] == ["django", "evidence"]
    assert made["target"]["django"]["tags"] == ["shop/django:1"]
    assert made["target"]["evidence"]["output"] == ["type=local,dest=/out"]
    assert {target["args"]["TEST_RUN"] for target in made["target"].values()} == {"n"}
