"""/start.sh, the first process of every Django container: a line of the Procfile, or any command."""

import os
import subprocess
from pathlib import Path

import pytest

from dockdj.lifecycle.project.new import Answers, render

PROCFILE = """\
# say: a comment is no process
say: printf '%s|' first
sayer: echo another
pid: sh -c 'echo $PPID $$'
a.b: echo a dot is no pattern
none:
number: printenv WEB_CONCURRENCY
last: echo without an end of line"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the recipe's start.sh, a Procfile, and a `python` that prints its arguments."""
    folder = tmp_path_factory.mktemp("container")
    files = {file.path: file.content for file in render(Answers("shop"))}
    (folder / "start.sh").write_bytes(files["docker/django/start.sh"])
    (folder / "Procfile").write_text(PROCFILE)
    (folder / "python").write_text('#!/bin/sh\necho "python $*"\nexit 1\n')
    (folder / "python").chmod(0o755)
    return folder


def start(place: Path, *words: str, **variables: str) -> subprocess.Popen[str]:
    environment = {"PATH": f"{place}:{os.environ['PATH']}", "PROCFILE": str(place / "Procfile"), **variables}
    argv = ["sh", str(place / "start.sh"), *words]
    return subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def run(place: Path, *words: str, **variables: str) -> tuple[int, str]:
    """Run start.sh; return its exit code and output."""
    process = start(place, *words, **variables)
    output, _ = process.communicate(timeout=120)
    return process.returncode, output.strip()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("say",), "first|"),
        (("say", "two words", "$HOME", '"'), 'first|two words|$HOME|"|'),
        (("sayer",), "another"),
        (("a.b",), "a dot is no pattern"),
        (("last",), "without an end of line"),
        (("/bin/echo", "hi", "a  b"), "hi a  b"),
        (("echo", "no process"), "no process"),
    ],
)
def test_processes_and_commands_receive_their_arguments(place: Path, words: tuple[str, ...], expected: str) -> None:
    assert run(place, *words) == (0, expected)


@pytest.mark.parametrize("name", ["axb", "# say", "none", "gone"])
def test_unknown_process_name_is_run_as_a_command(place: Path, name: str) -> None:
    code, output = run(place, name)
    assert code == 127
    assert "not found" in output


@pytest.mark.parametrize("words", [("pid",), ("sh", "-c", "echo $PPID $$")])
def test_program_replaces_start_sh_as_the_process(place: Path, words: tuple[str, ...]) -> None:
    process = start(place, *words)
    output, _ = process.communicate(timeout=120)
    assert output.split() == [str(os.getpid()), str(process.pid)]


def test_missing_procfile_is_named(place: Path) -> None:
    code, output = run(place, "say", PROCFILE="/nonexistent/Procfile")
    assert code != 0
    assert "/nonexistent/Procfile" in output


def test_invalid_number_of_processes_is_reported_by_the_settings_before_gunicorn_reads_it(place: Path) -> None:
    assert run(place, "number", WEB_CONCURRENCY="3") == (0, "3")
    assert run(place, "number", WEB_CONCURRENCY="") == (1, "")
    assert run(place, "number", WEB_CONCURRENCY="two") == (1, "python manage.py check")
