"""Secrets reach Docker by variables and by input, never by a command line, and no error repeats them."""

import base64
import dataclasses
import json
from pathlib import Path

import pytest

from dockdj.adapters.beanstalk.local_cloud import CloudAddress
from dockdj.adapters.docker.throwaway_stack import Identity, SmokeStack
from dockdj.errors import CommandFailed
from dockdj.localcloud.contract import Deployment
from dockdj.localcloud.fleet import engine, instance, registry, services
from dockdj.localcloud.fleet.instance import Instance, Mode
from dockdj.localcloud.fleet.registry import Login
from dockdj.localcloud.fleet.services import Services
from dockdj.localcloud.state.settings import Settings
from tests.localcloud.fleet.spec import SPEC
from tests.support import fake_docker

CANARY = "canary-of-the-test"
WITH_SECRET = dataclasses.replace(
    SPEC, variables={"ENV_SECRET_KEY": CANARY, "ENV_DATABASE_URL": f"postgres://a:{CANARY}@b/c"}
)


@pytest.fixture(autouse=True)
def canary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every generated password the canary, and find no existing container."""
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: CANARY)
    monkeypatch.setattr(engine, "containers", lambda _: [])


def test_superusers_password_is_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = fake_docker.install(tmp_path, monkeypatch)
    services.ensure_postgres("test", "10.213.0.12")
    assert f"POSTGRES_PASSWORD={CANARY}" in docker.variables.splitlines()
    assert "--env POSTGRES_PASSWORD " in docker.argv
    assert CANARY not in docker.argv


def test_failed_start_does_not_repeat_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_docker.install(tmp_path, monkeypatch, failing="create*")
    with pytest.raises(CommandFailed) as failed:
        services.ensure_postgres("test", "10.213.0.12")
    assert CANARY not in failed.value.message + failed.value.output + str(failed.value.argv)


def test_password_of_a_database_is_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = fake_docker.install(tmp_path, monkeypatch)
    Services("test", "127.0.0.1:5000", "10.213.0.12").database_url("shop")
    assert CANARY in docker.stdin
    assert CANARY not in docker.argv


def test_environment_properties_are_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = fake_docker.install(tmp_path, monkeypatch, failing="exec*")
    target = Instance("i-1", "container", "10.213.0.20", "", running=True)
    deployment = Deployment(1, "v1", tmp_path / "bundle.zip")
    outcome = instance.deploy(target, WITH_SECRET, deployment, mode=Mode.APPLICATION, leader=True)
    assert outcome.error
    assert CANARY not in outcome.error
    assert CANARY in json.loads(docker.stdin)["environment"]["ENV_DATABASE_URL"]
    assert CANARY not in docker.argv


def test_values_of_secrets_are_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = fake_docker.install(tmp_path, monkeypatch, failing="exec*")
    target = Instance("i-1", "container", "10.213.0.20", "", running=True)
    with pytest.raises(CommandFailed) as failed:
        instance.give_secrets(target, {"KEY": CANARY}, "")
    assert json.loads(docker.stdin)["values"] == {"KEY": CANARY}
    assert CANARY not in docker.argv + docker.variables + failed.value.message + failed.value.output


def test_registrys_password_is_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = fake_docker.install(tmp_path, monkeypatch)
    monkeypatch.setattr(registry, "login", lambda _: Login("127.0.0.1:5000", CANARY))
    registry.log_in("test")
    registry.authorise("test", [Instance("i-1", "container", "10.213.0.20", "", running=True)])
    encoded = base64.b64encode(f"dockdj:{CANARY}".encode()).decode()
    assert CANARY in docker.stdin
    assert encoded in docker.stdin
    assert "login --username dockdj --password-stdin 127.0.0.1:5000" in docker.argv
    assert CANARY not in docker.argv + docker.variables
    assert encoded not in docker.argv + docker.variables


def test_registrys_password_is_not_in_the_command_that_creates_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = fake_docker.install(tmp_path, monkeypatch)
    services.ensure_registry("test", "10.213.0.11")
    assert CANARY in docker.stdin
    assert "create --name dockdj-test-registry" in docker.argv
    assert CANARY not in docker.argv + docker.variables


def test_refused_login_is_not_repeated_in_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_docker.install(tmp_path, monkeypatch, failing="login*")
    monkeypatch.setattr(registry, "login", lambda _: Login("127.0.0.1:5000", CANARY))
    with pytest.raises(CommandFailed) as failed:
        registry.log_in("test")
    assert CANARY not in failed.value.message + failed.value.output


def test_smoke_test_gets_its_variables_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = fake_docker.install(tmp_path, monkeypatch)
    stack = SmokeStack("shop-smoke", tmp_path / "docker-compose.json")
    neighbour = Identity("container", "sha256:1", "shop")
    stack.run_next_to(neighbour, "shop", tmp_path, {"TOKEN": CANARY}, env_file=tmp_path / "env", timeout=60)
    assert f"TOKEN={CANARY}" in docker.variables.splitlines()
    assert "--env=TOKEN " in docker.argv
    assert CANARY not in docker.argv


def test_keys_are_not_in_representations() -> None:
    address = CloudAddress("http://127.0.0.1:1", "127.0.0.1:2", "us-east-1", "KEY", CANARY, 1)
    assert CANARY not in repr(address) + repr(Settings("KEY", CANARY)) + repr(WITH_SECRET)
