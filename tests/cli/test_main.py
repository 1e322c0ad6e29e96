"""The command line's frame: exit codes, JSON, options anywhere, nothing heavy at the start."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj import errors
from dockdj.cli.main import VERBS, hoisted, main
from dockdj.errors import DockdjError


def kinds() -> list[type[DockdjError]]:
    return list(DockdjError.__subclasses__())


def test_failures_have_unique_codes_and_cover_the_exit_codes_1_to_7() -> None:
    assert {kind.exit_code for kind in kinds()} == set(range(1, 8))
    assert {kind.code: kind.exit_code for kind in kinds()} == {
        **{"refused": 1, "usage": 2, "project": 3, "missing-tool": 4, "command-failed": 5, "platform": 6},
        **{"timed-out": 7, "raced": 1, "lost-contact": 7},
    }
    assert len({kind.code for kind in kinds()}) == len(kinds())
    assert set(kinds()) == {one for one in vars(errors).values() if isinstance(one, type) and one in kinds()}


@pytest.mark.parametrize("kind", kinds())
def test_each_failure_becomes_its_exit_code_with_cause_and_hint(
    kind: type[DockdjError], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command("show")
    def fails() -> None:
        raise kind("the cause", hint="the way out")

    monkeypatch.setattr("dockdj.cli.commands.show.command", fails)
    assert main(["show"]) == kind.exit_code
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "error: the cause\nhint: the way out\n")
    assert main(["show", "--json"]) == kind.exit_code
    document = json.loads(capsys.readouterr().out)
    assert (document["status"], document["command"]) == ("failed", "show")
    assert document["errors"] == [{"code": kind.code, "message": "the cause", "hint": "the way out"}]


def test_what_nobody_foresaw_is_our_bug_and_leaves_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command("show")
    def fails() -> None:
        raise ZeroDivisionError("no")

    monkeypatch.setattr("dockdj.cli.commands.show.command", fails)
    assert main(["show"]) == 70
    path = capsys.readouterr().err.split("with the file ")[1].strip()
    assert "ZeroDivisionError" in Path(path).read_text()


def test_an_interrupt_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    @click.command("show")
    def interrupted() -> None:
        interrupt = KeyboardInterrupt()
        interrupt.add_note("shop-local goes on by itself")
        raise interrupt

    monkeypatch.setattr("dockdj.cli.commands.show.command", interrupted)
    assert main(["show"]) == 130
    shown = capsys.readouterr().err
    assert "interrupted: shop-local goes on by itself" in shown
    assert "run the same command again" in shown


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["nonsense"], "No such command"),
        (["release"], "Missing argument"),
        (["release", "1.0"], "not a version"),
        (["diff", "1.0.0", "x"], "not a version"),
        (["deploy", "1.0.0", "--nonsense"], "No such option"),
    ],
)
def test_a_wrong_command_line_is_2(arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert part in capsys.readouterr().err


def test_outside_a_project_the_way_in_is_said(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    assert main(["history"]) == 3
    assert "dockdj new" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_of_the_list_is_real_and_shows_an_example(verb: str) -> None:
    module = importlib.import_module(f"dockdj.cli.commands.{VERBS[verb][0]}")
    command: click.Command = module.command
    commands = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    for one in commands:
        assert one.help, one.name
        assert f"dockdj {verb}" in (one.epilog or ""), one.name


words = st.lists(
    st.sampled_from(["--json", "--quiet", "--project", "--", "a", "-x", "--project=d", "--plan"]), max_size=8
)


@given(words)
def test_global_options_move_to_the_front_and_nothing_is_lost(arguments: list[str]) -> None:
    moved = hoisted(arguments)
    assert sorted(moved) == sorted(arguments)
    own, after = (
        (arguments[: arguments.index("--")], arguments[arguments.index("--") :])
        if "--" in arguments
        else (arguments, [])
    )
    if "--project" not in own:
        assert moved[len(moved) - len(after) :] == after
        front = [word for word in own if word in ("--json", "--quiet", "--project=d")]
        assert moved[: len(front)] == front


HEAVY = ("boto3", "botocore", "jinja2", "ruamel", "cattrs", "moto", "werkzeug", "subprocess", "asyncio")


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from dockdj.cli.main import main; main(['--help']); print([*sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not [name for name in HEAVY if f"'{name}'" in shown.stdout.splitlines()[-1]]
