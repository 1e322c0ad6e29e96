"""The engine's rules for files of a source bundle."""

import json
import os
from graphlib import CycleError
from pathlib import Path
from typing import Any

import pytest

from dockdj.adapters import ebextensions
from dockdj.localcloud.fleet.image.instance.eb_engine import __main__ as engine
from dockdj.localcloud.fleet.image.instance.eb_engine import bundle_rules, machine
from dockdj.localcloud.fleet.image.instance.eb_engine.extension_file import Sections


def test_dotenv_doubles_dollars_and_quotes_nothing() -> None:
    assert bundle_rules.dotenv({"B": "a$b c", "A": "'1'"}) == "A='1'\nB=a$$b c\n"


def commands(tmp_path: Path, text: str, *, leader: bool) -> tuple[list[str], list[str]]:
    file = tmp_path / "10.config"
    file.write_text(text)
    commands, warnings = bundle_rules.container_commands(file, leader=leader)
    return [command.name for command in commands], warnings


@pytest.mark.parametrize("value", ["true", "'true'", "yes"])
def test_leader_only_commands_run_on_the_leader_only(tmp_path: Path, value: str) -> None:
    text = f"container_commands: {{b: {{command: x}}, a: {{command: y, leader_only: {value}}}}}"
    assert commands(tmp_path, text, leader=True) == (["a", "b"], [])
    assert commands(tmp_path, text, leader=False) == (["b"], [])


def test_sections_before_the_build_are_read_from_the_same_file(tmp_path: Path) -> None:
    (tmp_path / ".ebextensions").mkdir()
    file = tmp_path / ".ebextensions/10.config"
    file.write_text("option_settings: {}\ncommands: {a: {command: y}}\ncontainer_commands: {b: {command: x}}\n")
    sections, warnings = bundle_rules.sections(file, tmp_path)
    assert [command.name for command in sections.commands] == ["a"] and warnings == []
    file.write_text("files: {relative: {content: x}}\n")
    sections, [warning] = bundle_rules.sections(file, tmp_path)
    assert sections == Sections()
    assert ".ebextensions/10.config is not valid and is ignored: relative is not an absolute path" in warning
    file.write_text("commands: {a: {command: y}}\nUnknown: {}\n")
    assert bundle_rules.sections(file, tmp_path) == (Sections(), [])


@pytest.mark.parametrize("text", ["- a list", "container_commands: {a: }"])
def test_file_of_other_values_is_ignored_with_a_warning(tmp_path: Path, text: str) -> None:
    names, warnings = commands(tmp_path, text, leader=True)
    assert names == []
    assert "not valid and is ignored" in warnings[0]


def test_names_of_commands_may_be_numbers(tmp_path: Path) -> None:
    text = (
        "container_commands: {10: {command: x}, 2: {command: y}, b: {command: z}, 1.5: {command: v}, yes: {command: u}}"
    )
    assert commands(tmp_path, text, leader=True) == (["1.5", "10", "2", "True", "b"], [])


def test_json_with_tabs_is_read(tmp_path: Path) -> None:
    text = '{\n\t"container_commands": {\n\t\t"a": {"command": "x"}\n\t}\n}'
    assert commands(tmp_path, text, leader=True) == (["a"], [])


def test_file_with_an_unknown_key_is_skipped(tmp_path: Path) -> None:
    assert commands(tmp_path, "container_commands: {a: {command: x}}\nCommands: {}", leader=True) == ([], [])


def test_keys_are_those_that_the_cloud_checks() -> None:
    assert bundle_rules.KEYS == ebextensions.KEYS


def test_files_of_every_folder_of_the_name_are_read_by_path(tmp_path: Path) -> None:
    for path in (
        "b/.ebextensions/1.config",
        ".ebextensions/2.config",
        ".ebextensions/10.config",
        ".ebextensions/x/3.config",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("files: {}")
    files = bundle_rules.configuration_files(tmp_path)
    assert [file.relative_to(tmp_path).as_posix() for file in files] == [
        ".ebextensions/10.config",
        ".ebextensions/2.config",
        "b/.ebextensions/1.config",
    ]
    (tmp_path / "b/.ebextensions/1.config").write_text("- x")
    _, [warning] = bundle_rules.container_commands(files[2], leader=True, root=tmp_path)
    assert "file b/.ebextensions/1.config is not valid" in warning


def test_hooks_get_the_execute_permission_and_the_line_ends_of_linux(tmp_path: Path) -> None:
    hooks = {
        ".platform/hooks/prebuild/a": (b"#!/bin/sh\r\necho a\r\n", b"#!/bin/sh\necho a\n"),
        ".platform/hooks/predeploy/a": (b"#!/bin/sh\necho a\n", b"#!/bin/sh\necho a\n"),
        ".platform/hooks/postdeploy/binary": (b"\x7fELF\0\r\n", b"\x7fELF\0\r\n"),
        ".platform/confighooks/prebuild/a": (b"\r\n", b"\n"),
        ".platform/confighooks/predeploy/a": (b"", b""),
        ".platform/confighooks/postdeploy/a": (b"\r", b"\r"),
    }
    others = [
        ".platform/hooks/a",
        ".platform/hooks/predeploy/folder/a",
        ".platform/nginx/conf.d/a",
        "hooks/predeploy/a",
    ]
    for path, content in {
        **{path: before for path, (before, _) in hooks.items()},
        **dict.fromkeys(others, b"\r\n"),
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
        (tmp_path / path).chmod(0o640)
    (tmp_path / ".platform/hooks/prebuild/link").symlink_to("../../../hooks/predeploy/a")

    bundle_rules.prepare_hooks(tmp_path)

    for path, (_, after) in hooks.items():
        assert (tmp_path / path).read_bytes() == after, path
        assert (tmp_path / path).stat().st_mode & 0o777 == 0o751, path
    for path in others:
        assert (tmp_path / path).read_bytes() == b"\r\n", path
        assert (tmp_path / path).stat().st_mode & 0o777 == 0o640, path


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
        b"5",
        b"files: &a [*a]\ncontainer_commands: *a",
        b"container_commands: {a: {command: 5}}",
        b"container_commands: {a: {command: [x, 5]}}",
        b"container_commands: {a: {command: []}}",
        b"container_commands: {a: {command: x, cwd: 5}}",
        b"container_commands: {a: {command: x, env: [1]}}",
        b'container_commands: {a: {command: "x\\0"}}',
        b"container_commands: {a: {command: x, test: {}}}",
        b"date: 9999-99-99",
    ],
    ids=range(10),
)
def test_file_with_any_content_is_ignored_with_a_warning(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "10.config"
    file.write_bytes(content)
    commands, [warning] = bundle_rules.container_commands(file, leader=True)
    assert commands == []
    assert f"{tmp_path.name}/10.config is not valid and is ignored" in warning


@pytest.mark.parametrize(
    "content",
    [
        b"container_commands: [",
        b"\xff\xfe\xfa",
        "# Grüße".encode("latin-1"),
        b"a: \x00",
        b"? [a]\n: b",
        b"!!python/object/apply:os.system [x]",
        b"container_commands:\n\ta: {command: x}",
    ],
    ids=range(7),
)
def test_file_that_is_neither_yaml_nor_json_fails_the_deployment(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "10.config"
    file.write_bytes(content)
    with pytest.raises(
        machine.Failed, match=r"(?s)10\.config contains invalid YAML or JSON\. YAML exception: .*, JSON exception: "
    ):
        bundle_rules.container_commands(file, leader=True)


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

        def read_properties(self) -> None:
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


def test_version_that_is_deployed_again_keeps_the_images_of_the_version_before() -> None:
    before = {"project": "app-2", "version": "v2", "images": ["two"], "previous_images": ["one"]}
    # The second half of one deployment, the same version with other variables, another version.
    assert machine.previous_images(before, "app-2", "v2") == ["one"]
    assert machine.previous_images(before, "app-3", "v2") == ["one"]
    assert machine.previous_images(before, "app-3", "v3") == ["two"]
    # No container of v2 started, so that the way back is still to v1.
    assert machine.previous_images({**before, "images": []}, "app-3", "v3") == ["one"]
    assert machine.previous_images({}, "app-1", "v1") == []
