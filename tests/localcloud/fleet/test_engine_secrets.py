"""The secrets that an instance keeps for its deployments."""

from pathlib import Path
from typing import Any

import pytest

from dockdj.localcloud.fleet.image.instance.eb_engine import __main__ as engine
from dockdj.localcloud.fleet.image.instance.eb_engine import machine
from dockdj.localcloud.fleet.image.instance.eb_engine.deploy import Engine

REQUEST = {"environment": {"A": "plain", "BOTH": "plain"}, "secrets": ["BOTH", "KEY"], "timeout": 60}


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(machine, "SECRETS", tmp_path / "secrets.json")
    return tmp_path / "secrets.json"


def give(values: dict[str, str], error: str = "") -> None:
    assert engine.answer({"action": "secrets", "values": values, "error": error}) == {}


def read(**changes: Any) -> Engine:
    reading = Engine({**REQUEST, **changes}, 0)
    reading.read_properties()
    return reading


def test_only_root_can_read_the_kept_values(kept: Path) -> None:
    give({"KEY": "value"})
    assert kept.stat().st_mode & 0o777 == 0o600


def test_named_values_join_the_environment_properties() -> None:
    give({"KEY": "one\ntwo", "BOTH": "secret", "OTHER": "removed from the options"})
    reading = read()
    properties = {"A": "plain", "BOTH": "secret", "KEY": "one\ntwo"}
    assert reading.environment == properties
    assert reading.request["variables"] == machine.fingerprint(properties)
    assert read(secrets=[]).environment == REQUEST["environment"]


def test_error_of_reading_secrets_fails_the_deployment() -> None:
    give({}, "Failed to retrieve the value of KEY.")
    with pytest.raises(machine.Failed, match="Failed to retrieve the value of KEY"):
        read()
    give({"KEY": "value", "BOTH": "value"})
    assert read().environment["KEY"] == "value"


@pytest.mark.parametrize("values", [None, {"KEY": "value"}])
def test_value_that_the_instance_never_got_is_named(values: dict[str, str] | None) -> None:
    if values is not None:
        give(values)
    with pytest.raises(machine.Failed, match="no value of the environment property BOTH"):
        read()
