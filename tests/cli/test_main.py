"""The command line's frame: exit codes, JSON, global options in any place, a light start."""

import ast
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
from dockdj.cli.main import main
from dockdj.cli.verbs import GROUPS, VERBS, hoisted
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
def test_each_failure_exits_with_its_code_and_prints_cause_and_hint(
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


def test_unexpected_exception_exits_70_and_writes_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command("show")
    def fails() -> None:
        raise ZeroDivisionError("no")

    monkeypatch.setattr("dockdj.cli.commands.show.command", fails)
    assert main(["show"]) == 70
    path = capsys.readouterr().err.split("with the file ")[1].strip()
    assert "ZeroDivisionError" in Path(path).read_text()


def test_interrupt_exits_130_and_prints_the_remaining_state(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
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
        (["nonsense"], "unknown command `nonsense`"),
        (["release"], "Missing argument"),
        (["release", "1.0"], "not a version"),
        (["diff", "1.0.0", "x"], "not a version"),
        (["deploy", "1.0.0", "--nonsense"], "unknown option `--nonsense`"),
    ],
)
def test_wrong_command_line_exits_2(arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert part in capsys.readouterr().err


def test_command_outside_a_project_hints_to_dockdj_new(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    assert main(["history"]) == 3
    assert "dockdj new" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_every_listed_verb_has_help_with_an_example(verb: str) -> None:
    module = importlib.import_module(f"dockdj.cli.commands.{verb}")
    command: click.Command = module.command
    commands = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    for one in commands:
        assert one.help, one.name
        assert f"dockdj {verb}" in (one.epilog or ""), one.name


words = st.lists(
    st.sampled_from(["--json", "--quiet", "--project", "--", "a", "-x", "--project=d", "--plan"]), max_size=8
)


@given(words)
def test_global_options_move_to_the_front_and_all_words_remain(arguments: list[str]) -> None:
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


def test_help_imports_no_verb_and_no_heavy_module() -> None:
    code = "import sys; from dockdj.cli.main import main; main(['--help']); print([*sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = ast.literal_eval(shown.stdout.splitlines()[-1])
    assert "dockdj.cli.verbs" in modules
    assert not [name for name in modules if name in HEAVY or name.startswith("dockdj.cli.commands")]
    assert not [name for name in modules if name.startswith(("dockdj.lifecycle", "dockdj.adapters", "dockdj.model"))]


def test_help_lists_every_verb_once_under_its_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out.partition("\nDevelop:")
    sections = [section.splitlines() for section in (text[1] + text[2]).strip().split("\n\n")[: len(GROUPS)]]
    titles = ["Develop:", "Release:", "Deploy:", "Look:", "Local cloud:"]
    assert [section[0] for section in sections] == titles
    listed = {section[0].rstrip(":"): [line.split()[0] for line in section[1:]] for section in sections}
    assert listed == {title: list(verbs) for title, verbs in GROUPS.items()}
    assert listed["Deploy"][0] == "rollback"
    assert sum(map(len, listed.values())) == len(VERBS)


def test_every_command_file_is_a_listed_verb() -> None:
    folder = Path(importlib.import_module("dockdj.cli.commands").__file__ or "").parent
    files = {file.stem for file in folder.glob("*.py") if "\n@click." in file.read_text() or file.stem in VERBS}
    assert files == set(VERBS)


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (["roll"], "dockdj rollback"),
        (["stats"], "dockdj status"),
        (["cloud", "donw"], "dockdj cloud down"),
        (["image", "biuld", "dev"], "dockdj image build"),
        (["env", "chek"], "dockdj env check"),
        (["deploy", "1.0.0", "--too", "production"], "--to"),
        (["cloud", "up", "--deplo"], "--deploy"),
        (["show", "1.0.0", "--jsn"], "--json"),
        (["--verbos", "show", "1.0.0"], "--verbose"),
    ],
)
def test_a_mistyped_command_or_option_suggests_the_nearest(
    arguments: list[str], suggestion: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert f"hint: did you mean `{suggestion}`?" in capsys.readouterr().err
    assert main([*arguments, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["errors"][0]
    assert error["code"] == "usage"
    assert error["hint"].startswith(f"did you mean `{suggestion}`?")


def test_a_word_like_no_command_gets_no_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["xyzzy"]) == 2
    assert capsys.readouterr().err == "error: unknown command `xyzzy`\nhint: all commands: `dockdj --help`\n"


def test_a_former_option_name_is_never_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "check", "--targe", "x"]) == 2
    assert "--target" not in capsys.readouterr().err
