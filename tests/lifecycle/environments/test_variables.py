"""The variables of environments and targets against their contract."""

import dataclasses
from pathlib import Path

import pytest

from dockdj import wiring
from dockdj.adapters import project_file
from dockdj.adapters.beanstalk import local_cloud
from dockdj.adapters.beanstalk.local_cloud import CloudAddress
from dockdj.errors import ProjectError, Refused, UsageError
from dockdj.events import Event, Finished, Warned
from dockdj.lifecycle.environments import containers, variables
from dockdj.lifecycle.target import variables as target_variables
from dockdj.model.beanstalk.option_settings import VARIABLES
from dockdj.model.project.env_finding import Finding
from dockdj.model.project.project import Project
from tests.support.project import write

CONTRACT = """\
# required. Which environment this is.
ENV_NAME=prod

# required, secret. Signs sessions.
ENV_SECRET_KEY=<generate>

# optional. How much is logged.
ENV_LOG_LEVEL=

# required, secret, local. This machine's database.
POSTGRES_PASSWORD=<generate>
"""
PROJECT = """\
name = "shop"
dockdj = "0.1.0"
default_target = "production"
[recipe]
version = "0"
[targets.production]
application = "shop"
environment = "shop-production"
region = "eu-central-1"
repository = "registry.example.com/shop"
[targets.production.env]
ENV_NAME = "prod"
[targets.production.secrets]
ENV_SECRET_KEY = "arn:aws:secretsmanager:eu-central-1:1:secret:key"
"""
COMPOSE = "services:\n  django:\n    image: nothing.example.com/nothing\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    write(tmp_path, "environments/prod/.env.example", CONTRACT)
    write(tmp_path, "docker/django/prod/docker-compose.yml", COMPOSE)
    write(tmp_path, "dockdj.toml", PROJECT)
    return project_file.load(tmp_path)


def write_env(project: Project, text: str) -> None:
    write(project.root, "environments/prod/.env", text)


def test_start_refuses_a_wrong_env_before_building(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    write_env(project, "ENV_NAME=prod\nENV_SECRET_KEY=hidden$hidden\nexport ENV_LOG_LEVEL=INFO\n")
    with pytest.raises(ProjectError) as caught:
        containers.start(project, "prod")
    assert "environments/prod/.env:2: ENV_SECRET_KEY: the value holds `$`" in caught.value.message
    assert "environments/prod/.env:3: starts with `export`" in caught.value.message
    assert "hidden" not in caught.value.message
    assert caught.value.exit_code == 3


def test_start_names_every_required_variable_without_a_value(project: Project) -> None:
    write_env(project, "ENV_NAME=\nENV_SECRET_KEY=x\nELSE=1\n")
    with pytest.raises(Refused, match="lacks ENV_NAME, POSTGRES_PASSWORD"):
        variables.ready(project, "prod")


def test_start_writes_a_missing_env_and_warns_of_unknown_variables(project: Project) -> None:
    events: list[Event] = []
    variables.ready(project, "prod", events.append)
    assert [event for event in events if isinstance(event, Finished)]
    path = project.root / "environments/prod/.env"
    path.write_text(path.read_text() + "ENV_LOGLEVEL=INFO\n")
    events.clear()
    variables.ready(project, "prod", events.append)
    (warned,) = events
    assert isinstance(warned, Warned)
    assert "ENV_LOGLEVEL" in warned.message


def test_without_a_contract_only_the_envs_form_is_checked(project: Project) -> None:
    (project.root / "environments/prod/.env.example").unlink()
    variables.ready(project, "prod")
    write_env(project, "A=1\n")
    variables.ready(project, "prod")
    write_env(project, "A 1\n")
    with pytest.raises(ProjectError, match=r"\.env:1: has no `=`"):
        variables.ready(project, "prod")


def test_check_finds_missing_unknown_and_wrong_lines(project: Project) -> None:
    assert variables.check(project, "prod").valid
    write_env(project, "ENV_NAME=prod\nELSE=1\n")
    found = variables.check(project, "prod")
    assert [one.name for one in found.missing] == ["ENV_SECRET_KEY", "POSTGRES_PASSWORD"]
    assert found.unknown == ("ELSE",)
    write_env(project, "ENV_NAME=a b\n")
    assert variables.check(project, "prod").mistakes[0].startswith("environments/prod/.env:1: ENV_NAME:")
    write(project.root, "environments/prod/.env.example", "A=1\n")
    assert variables.check(project, "prod").mistakes[0].startswith("environments/prod/.env.example:1: A has no kind")
    with pytest.raises(UsageError):
        variables.check(project, "nowhere")


def changed(project: Project, **fields: object) -> Finding:
    return target_variables.check(project, dataclasses.replace(project.targets["production"], **fields))  # type: ignore[arg-type]


def test_targets_are_checked_against_productions_contract(project: Project) -> None:
    assert changed(project).valid
    assert [one.name for one in changed(project, secrets={}).missing] == ["ENV_SECRET_KEY"]
    assert [one.name for one in changed(project, env={}).missing] == ["ENV_NAME"]
    assert changed(project, env={"ENV_NAME": "prod", "ENV_NAM": "x", "DOCKDJ_RELEASE_SECONDS": "60"}).unknown == (
        "ENV_NAM",
    )
    exposed = changed(project, env={"ENV_NAME": "prod", "ENV_SECRET_KEY": "hidden"}, secrets={})
    assert exposed.exposed == ("ENV_SECRET_KEY",)
    assert changed(project, env={}, options={VARIABLES: {"ENV_NAME": "prod"}}).valid


@pytest.mark.parametrize(
    "text",
    [
        f"option_settings:\n  {VARIABLES}:\n    ENV_NAME: prod\n",
        "option_settings:\n  - option_name: ENV_NAME\n    value: prod\n",
        f"option_settings:\n  - namespace: {VARIABLES}\n    option_name: ENV_NAME\n    value: prod\n",
    ],
)
def test_values_of_ebextensions_count(project: Project, text: str) -> None:
    write(project.root, ".ebextensions/01_envvars.config", text)
    assert changed(project, env={}).valid
    assert [one.name for one in changed(project, env={}, endpoint="local").missing] == ["ENV_NAME"]


@pytest.mark.parametrize(
    "text", ["option_settings: []\n", "commands: {}\n", "[]", "option_settings:\n  aws:x: {A: b}\n"]
)
def test_other_ebextensions_set_no_variable(project: Project, text: str) -> None:
    write(project.root, ".ebextensions/02.config", text)
    assert not target_variables.extensions(project)


def test_an_invalid_ebextensions_file_is_a_mistake(project: Project) -> None:
    write(project.root, ".ebextensions/02.config", "a: [")
    assert "02.config is not valid YAML" in changed(project).mistakes[0]


def test_the_local_cloud_sets_the_expected_variables(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    address = CloudAddress("http://127.0.0.1:1", "127.0.0.1:1", "us-east-1", "key", "secret", 1)
    monkeypatch.setattr(local_cloud, "require", lambda: address)
    monkeypatch.setattr(local_cloud, "database_url", lambda *_: "postgres://")
    target = dataclasses.replace(project.targets["production"], endpoint="local", secrets={})
    options = wiring.place_options(target)
    assert set(options[VARIABLES]) == set(target_variables.OF_THE_LOCAL_CLOUD)
    assert target_variables.check(project, target).valid
