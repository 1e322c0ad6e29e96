"""The engine's rules for files of a source bundle."""

import json
import os
from graphlib import CycleError
from pathlib import Path
from typing import Any

import pytest

from dockdj.localcloud.fleet.image.instance.eb_engine import __main__ as engine
from dockdj.localcloud.fleet.image.instance.eb_engine import bundle_rules, machine


def test_dotenv_doubles_dollars_and_quotes_nothing() -> None:
    assert bundle_rules.dotenv({"B": "a$b c", "A": "'1'"}) == "A='1'\nB=a$$b c\n"


def commands(tmp_path: Path, text: str, *, leader: bool) -> tuple[list[str], list[str]]:
    file = tmp_path / "10.config"
    file.write_text(text)
    commands, warnings = bundle_rules.container_commands(file, leader=leader)
    return [name for name, _ in commands], warnings


@pytest.mark.parametrize("value", ["true", "'true'", "yes"])
def test_leader_only_commands_run_on_the_leader_only(tmp_path: Path, value: str) -> None:
    text = f"container_commands: {{b: {{command: x}}, a: {{command: y, leader_only: {value}}}}}"
    assert commands(tmp_path, text, leader=True) == (["a", "b"], [])
    assert commands(tmp_path, text, leader=False) == (["b"], [])


def test_unsupported_keys_cause_warnings(tmp_path: Path) -> None:
    text = "option_settings: {}\nfiles: {/etc/x: {content: y}}\npackages: {}\n"
    names, warnings = commands(tmp_path, text, leader=True)
    assert names == []
    assert [warning.split("'")[1] for warning in warnings] == ["files", "packages"]


@pytest.mark.parametrize("text", ["container_commands: [", "- a list", "container_commands: {a: }"])
def test_invalid_file_is_ignored_with_a_warning(tmp_path: Path, text: str) -> None:
    names, warnings = commands(tmp_path, text, leader=True)
    assert names == []
    assert "not valid and is ignored" in warnings[0]


def test_only_volumes_named_by_compose_are_renamed() -> None:
    volumes: dict[str, dict[str, Any]] = {
        "data": {"name": "d1-ab_data"},
        "shared": {"name": "shared"},
        "host": {"name": "x", "external": True},
    }
    assert bundle_rules.renamed_volumes("d1-ab", volumes) == {"data": {"name": "current_data"}}


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\xfa",
        "# Grüße".encode("latin-1"),
        b"a: \x00",
        b"5",
        b"[" * 5000,
        b"a: &a [*a]\ncontainer_commands: *a",
        b"container_commands: {1: {command: x}, a: {command: y}}",
        b"container_commands: {a: {command: 5}}",
        b"container_commands: {a: {command: [x, 5]}}",
        b"container_commands: {a: {command: []}}",
        b"container_commands: {a: {command: x, cwd: 5}}",
        b"container_commands: {a: {command: x, env: [1]}}",
        b'container_commands: {a: {command: "x\\0"}}',
        b"container_commands: {a: {command: x, test: {}}}",
        b"? [a]\n: b",
        b"!!python/object/apply:os.system [x]",
        b"date: 9999-99-99",
    ],
    ids=range(17),
)
def test_file_with_any_content_is_ignored_with_a_warning(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "10.config"
    file.write_bytes(content)
    commands, [warning] = bundle_rules.container_commands(file, leader=True)
    assert commands == []
    assert ".ebextensions/10.config is not valid and is ignored" in warning


def test_links_that_are_no_files_are_ignored_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "circle.config").symlink_to("circle.config")
    (tmp_path / "nowhere.config").symlink_to("nowhere")
    (tmp_path / "endless.config").symlink_to("/dev/zero")
    (tmp_path / "folder.config").mkdir()
    (tmp_path / os.fsdecode(b"\xff.config")).write_bytes(b"- x")
    for file in sorted(tmp_path.glob("*.config")):
        commands, [warning] = bundle_rules.container_commands(file, leader=True)
        assert commands == [] and "not valid" in warning
        warning.encode()


@pytest.mark.parametrize(
    "failure",
    [
        machine.Failed("named"),
        OSError(40, "Too many levels of symbolic links"),
        ValueError("embedded null byte"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        CycleError("nodes are in a cycle", ["a", "b", "a"]),
        KeyError("image"),
        RecursionError("too deep"),
        TypeError("\udcff"),
    ],
)
def test_failure_of_any_bundle_becomes_a_named_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    class Failing:
        old_version_stopped, warnings, events = False, (), ()

        def __init__(self, request: object, lock: int) -> None:
            pass

        def take_lock(self) -> None:
            pass

        def deploy(self) -> None:
            raise failure

    for name in ("HOME", "ENVIRONMENT", "RECORD", "LOG"):
        monkeypatch.setattr(machine, name, tmp_path / name.lower())
    (tmp_path / "home").mkdir()
    machine.ENVIRONMENT.write_text('{"A": "1"}')
    monkeypatch.setattr(machine, "wait_for_daemon", lambda: None)
    monkeypatch.setattr(engine, "Engine", Failing)
    answer = engine.answer({"action": "deploy"})
    assert answer["error"]
    assert json.loads(json.dumps(answer)) == {
        "error": answer["error"],
        "warnings": [],
        "events": [],
        "old_serves": False,
    }
    answer["error"].encode()
    assert machine.ENVIRONMENT.read_text() == '{"A": "1"}'


def test_damaged_record_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "RECORD", tmp_path / "record.json")
    monkeypatch.setattr(machine, "LOG", tmp_path / "log")
    machine.RECORD.write_bytes(b'{"proj')
    assert "record.json of this instance is damaged" in engine.answer({"action": "record"})["error"]
