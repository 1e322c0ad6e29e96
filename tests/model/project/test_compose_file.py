import json

import pytest

from dockdj.errors import ProjectError
from dockdj.model.build.bake_definition import BuildOptions, definition, target_names
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


@pytest.mark.parametrize("name", ["Web", "web..1", "web_-1", "a___b", "web.", "-web", "w" * 64])
def test_a_service_that_no_image_can_be_named_after_is_refused(name: str) -> None:
    with pytest.raises(ProjectError, match="Docker cannot name an image after this service") as caught:
        services({"services": {name: {"build": "."}}}, FILE)
    assert "another name, for instance `" in caught.value.hint


@pytest.mark.parametrize("name", ["web", "web.1", "web-1", "a__b", "w" * 63])
def test_a_service_that_an_image_can_be_named_after_is_read(name: str) -> None:
    assert services({"services": {name: {"build": "."}}}, FILE)[0].name == name


def test_third_party_services_that_are_not_released_have_any_name() -> None:
    document = {"services": {"web": {"build": "."}, "Mail": {"image": "mailpit:1", "profiles": ["local"]}}}
    assert [service.name for service in services(document, FILE)] == ["web", "Mail"]


def test_targets_of_a_bake_have_names_that_buildx_takes() -> None:
    assert target_names(["web", "web.1", "web_1", "evidence"]) == {
        "web": "web",
        "web.1": "web_1",
        "web_1": "web_1_",
        "evidence": "evidence_",
    }
