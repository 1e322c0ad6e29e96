"""A deployment is refused without a required variable, from whatever source, and for another processor."""

import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from dockdj.adapters import project_file
from dockdj.errors import PlatformError, Refused
from dockdj.events import Event, Report, Warned, silent
from dockdj.lifecycle.deploy.requirements import architecture_of, require_architecture, require_variables
from dockdj.lifecycle.target.target import Site
from dockdj.model.project.project import Target
from tests.lifecycle.environments.test_variables import CONTRACT, PROJECT
from tests.support.project import commit, git, write
from tests.support.records import release, service

COMPOSE = "docker/django/prod/docker-compose.yml"


@dataclass
class Environment:
    """An environment's own variables."""

    own: set[str] = field(default_factory=set)
    fails: bool = False

    def variables(self, *_: str) -> set[str]:
        if self.fails:
            raise PlatformError("denied")
        return self.own


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "environments/prod/.env.example", CONTRACT)
    write(tmp_path, "dockdj.toml", PROJECT)
    write(tmp_path, COMPOSE, "services:\n  django:\n    image: x\n")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    return tmp_path


def ask(folder: Path, environment: Environment, report: Report = silent) -> None:
    """Ask before a deployment of a release of the project as it is now."""
    made = release("1.0.0", commit=commit(folder, "next"))
    project = project_file.load(folder)
    require_variables(Site(project, project.targets["production"], cast(Any, environment), "x"), made, report)


def test_missing_required_variables_are_named_with_their_purpose(folder: Path) -> None:
    write(folder, "dockdj.toml", PROJECT.replace('ENV_NAME = "prod"\n', ""))
    with pytest.raises(Refused) as caught:
        ask(folder, Environment())
    assert "production lacks what 1.0.0 requires:" in caught.value.message
    assert "ENV_NAME: Which environment this is." in caught.value.message
    # An ARN in dockdj.toml is given to an environment when it is created: what counts is what it has.
    assert "ENV_SECRET_KEY: Signs sessions." in caught.value.message
    assert "POSTGRES_PASSWORD" not in caught.value.message


def test_variables_set_at_the_environment_are_accepted(folder: Path) -> None:
    ask(folder, Environment({"ENV_SECRET_KEY"}))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".ebextensions/01.config", "option_settings:\n  - option_name: ENV_SECRET_KEY\n    value: x\n"),
        (COMPOSE, "services:\n  django:\n    image: x\n    environment:\n      ENV_SECRET_KEY: 1\n"),
        (COMPOSE, "services:\n  django:\n    image: x\n    environment: [ENV_SECRET_KEY=x]\n"),
        ("environments/prod/.env.example", "# optional. It is not needed.\nENV_SECRET_KEY=\n"),
    ],
)
def test_variables_set_in_the_released_commit_are_not_required_on_the_target(
    folder: Path, path: str, text: str
) -> None:
    with pytest.raises(Refused):
        ask(folder, Environment())
    write(folder, path, text)
    ask(folder, Environment())


@pytest.mark.parametrize("text", ["services:\n  django:\n    image: x\n    environment: [ENV_SECRET_KEY]\n", "a: ["])
def test_names_without_a_value_and_invalid_files_set_no_variable(folder: Path, text: str) -> None:
    write(folder, COMPOSE, text)
    with pytest.raises(Refused):
        ask(folder, Environment())


def test_uncommitted_variables_are_ignored(folder: Path) -> None:
    made = release("1.0.0", commit=commit(folder, "first"))
    write(folder, "environments/prod/.env.example", "# optional. It is not needed.\nENV_SECRET_KEY=\n")
    project = project_file.load(folder)
    site = Site(project, project.targets["production"], cast(Any, Environment()), "x")
    with pytest.raises(Refused):
        require_variables(site, made)


def test_a_release_without_a_contract_requires_nothing(folder: Path) -> None:
    (folder / "environments/prod/.env.example").unlink()
    ask(folder, Environment(fails=True))


def test_without_permission_to_read_the_environment_a_warning_replaces_the_check(folder: Path) -> None:
    events: list[Event] = []
    ask(folder, Environment(fails=True), events.append)
    assert [type(event) for event in events] == [Warned]


AWS = Target("shop", "shop-prod", name="production", region="eu-west-1", repository="example.com/shop")
GRAVITON = Target("shop", "shop-arm", name="arm", region="eu-west-1", repository="x", architecture="linux/arm64")


def test_images_for_another_architecture_are_refused_with_a_hint() -> None:
    mixed = release("1.0.0", django=service(platform="linux/arm64"), nginx=service())
    with pytest.raises(Refused) as caught:
        require_architecture(AWS, mixed)
    assert caught.value.message == (
        "the machines of production are linux/amd64, and 1.0.0 is built for linux/arm64: django"
    )
    assert 'architecture = "linux/arm64" under [targets.production]' in caught.value.hint
    with pytest.raises(Refused, match="built for linux/amd64: nginx"):
        require_architecture(GRAVITON, mixed)


def test_images_for_the_targets_architecture_are_accepted() -> None:
    require_architecture(AWS, release())
    require_architecture(GRAVITON, release(django=service(platform="linux/arm64")))


@pytest.mark.parametrize(("machine", "wanted"), [("x86_64", "linux/amd64"), ("aarch64", "linux/arm64")])
def test_the_local_clouds_architecture_is_this_machines(
    machine: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert architecture_of(Target("shop", "shop-local", endpoint="local")) == wanted
    assert architecture_of(AWS) == "linux/amd64"
