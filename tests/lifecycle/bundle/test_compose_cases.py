"""Compose files that others wrote: public reports of what went wrong, each with what is right and whose rule it is."""

import json
from pathlib import Path

import pytest

from dockdj.errors import ProjectError
from dockdj.lifecycle.bundle import containers
from dockdj.model.beanstalk.containers import Containers, pinned
from dockdj.model.dockerrun.document import dockerrun
from dockdj.model.project.layout import EnvironmentFiles
from dockdj.model.project.project import Project, Recipe
from tests.support.project import write

FOLDER = "docker/django/prod"
BUILD = "build: {context: ../../.., dockerfile: docker/django/Dockerfile, target: prod}"
# Compose specification, "Fragments": a service can be an anchor (cookiecutter-django #1297).
ANCHORED_SERVICE = f"""
services:
  django: &django
    image: shop/django:prod
    {BUILD}
    env_file: ../../../environments/prod/.env
  worker:
    <<: *django
    image: shop/worker:prod
    command: ["/start.sh", "worker"]
"""
# Compose specification, "Extensions": services share settings of an `x-` fragment (cookiecutter-django #1257).
ANCHORED_EXTENSION = f"""
x-app: &app
  {BUILD}
  env_file: ../../../environments/prod/.env
services:
  django:
    <<: *app
    ports: ["80:8000"]
  worker:
    <<: *app
    command: ["/start.sh", "worker"]
"""
# Compose specification, "env_file": all files are read, in their order (cookiecutter-django #2417).
TWO_ENV_FILES = f"""
services:
  django:
    {BUILD}
    env_file:
      - ../../../environments/prod/.env
      - ../../../environments/prod/flags.env
    mem_limit: 256m
"""
# Compose specification, "include": as if the services stood in the file (docker/compose #11043).
INCLUDED = f"""
include:
  - worker.yml
services:
  django:
    {BUILD}
"""
# YAML 1.1: a number with a leading zero is octal (docker/compose #12717, usetrmnl/inker #1).
OTHER_VALUES = f"""
services:
  django:
    {BUILD}
    mem_limit: 256m
    environment:
      ADMIN_PIN: 0123
      UMASK: 0022
      PRICE: "${{PRICE:-5$$}}"
"""


def released(root: Path, text: str, **files: str) -> Containers:
    write(root, f"{FOLDER}/docker-compose.yml", text)
    for name, content in files.items():
        write(root, name.replace("__", "/").replace("_yml", ".yml").replace("_env", ".env"), content)
    paths = EnvironmentFiles(compose=f"{FOLDER}/docker-compose.yml")
    project = Project("shop", "1", Recipe("1"), environments={"prod": paths}, root=root)
    return containers.of_checkout(project, root)


@pytest.mark.parametrize("text", [ANCHORED_SERVICE, ANCHORED_EXTENSION], ids=["service", "extension"])
def test_services_of_a_fragment_are_pinned_and_not_built(tmp_path: Path, text: str) -> None:
    images = {"django": "r@sha256:1", "worker": "r@sha256:2"}
    services = pinned(released(tmp_path, text), images, {})["services"]
    assert {name: body["image"] for name, body in services.items()} == images
    assert not [name for name, body in services.items() if "build" in body]
    assert all(body["env_file"] == [".env"] for body in services.values())
    assert services["worker"]["command"] == ["/start.sh", "worker"]


def test_all_files_of_env_file_reach_the_containers(tmp_path: Path) -> None:
    with_files = released(tmp_path, TWO_ENV_FILES, environments__prod__flags_env="FEATURE_CHECKOUT=on\n")
    assert with_files.compose["services"]["django"]["env_file"] == [".env", "./environments/prod/flags.env"]
    assert with_files.files == ("environments/prod/flags.env",)

    with pytest.raises(ProjectError, match=r"env_file: ECS reads no file.*environments/prod/flags\.env"):
        dockerrun(with_files.compose, "docker-compose.yml", {"django": "a"})


def test_included_services_are_part_of_the_release(tmp_path: Path) -> None:
    worker = f"services:\n  worker:\n    {BUILD}\n    command: worker\n"
    both = released(tmp_path, INCLUDED, docker__django__prod__worker_yml=worker)
    assert set(both.compose["services"]) == {"django", "worker"}


def test_an_extended_file_that_is_missing_is_named(tmp_path: Path) -> None:
    text = f"services:\n  django:\n    {BUILD}\n    extends: {{file: common.yml, service: web}}\n"
    with pytest.raises(ProjectError, match=r"docker-compose\.yml:4: docker/django/prod/common\.yml cannot be read"):
        released(tmp_path, text)


def test_values_reach_ecs_as_compose_reads_them(tmp_path: Path) -> None:
    content = json.loads(dockerrun(released(tmp_path, OTHER_VALUES).compose, "f", {"django": "a"}))
    values = {each["name"]: each["value"] for each in content["containerDefinitions"][0]["environment"]}
    assert values == {"ADMIN_PIN": "83", "UMASK": "18", "PRICE": "5$"}


def test_a_health_check_is_a_line_or_begins_with_its_kind(tmp_path: Path) -> None:
    """Compose specification, "healthcheck" (docker/compose #4424)."""
    text = f'{OTHER_VALUES}    healthcheck:\n      test: ["curl", "-f", "http://localhost:8080/healthz"]\n'
    with pytest.raises(ProjectError, match=r":11: services\.django\.healthcheck\.test: a list begins with NONE"):
        released(tmp_path, text)
