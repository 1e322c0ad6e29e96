"""The engine's rules for files of a source bundle."""

from pathlib import Path
from typing import Any

import pytest

from dockdj.localcloud.fleet.image.instance.eb_engine import bundle_rules


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
