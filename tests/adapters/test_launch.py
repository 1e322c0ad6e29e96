"""Programs that cannot be started, programs with a lot of input and output, and programs that do not end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dockdj.adapters import processes, shell
from dockdj.errors import CommandFailed, DockdjError, MissingTool, TimedOut
from dockdj.events import Event

PYTHON = sys.executable


def detached(argv: list[str]) -> None:
    os.waitpid(shell.detach(argv, Path(os.devnull)), 0)


def saved(argv: list[str]) -> None:
    shell.save(argv, Path(os.devnull))


WAYS = (shell.capture, shell.stream, shell.attach, shell.hand_over, saved, detached)
UNSTARTABLE: dict[str, tuple[list[str], type[DockdjError], str]] = {
    "missing": (["no-such-program"], MissingTool, "`no-such-program` is not installed"),
    "below a file": (["FOLDER/plain/program"], MissingTool, "is not installed"),
    "not executable": (["FOLDER/plain"], MissingTool, "may not run it"),
    "a folder": (["FOLDER"], MissingTool, "may not run it"),
    "no program": (["FOLDER/garbage"], MissingTool, "is not a program of this machine: Exec format error"),
    "no interpreter": (["FOLDER/script"], MissingTool, "names an interpreter that is not installed"),
    "too many arguments": (["true", *["x" * 100_000] * 100], CommandFailed, "longer than the system allows"),
    "one long argument": (["true", "x" * 200_000], CommandFailed, "longer than the system allows"),
    "NUL": (["true", "a\0b"], CommandFailed, "null byte"),
    "half a character": (["true", "a\ud800b"], CommandFailed, "not valid Unicode"),
}


@pytest.mark.parametrize("case", UNSTARTABLE)
@pytest.mark.parametrize("start", WAYS)
def test_program_that_cannot_be_started_is_a_typed_error_with_a_hint(
    start: Callable[[list[str]], object], case: str, tmp_path: Path
) -> None:
    (tmp_path / "plain").write_text("true\n")
    for name, content in (("garbage", b"\x7fELF\0\0"), ("script", b"#!/no/such/interpreter\n")):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o755)
    argv, kind, text = UNSTARTABLE[case]
    with pytest.raises(kind, match=text) as caught:
        start([argv[0].replace("FOLDER", str(tmp_path)), *argv[1:]])
    assert caught.value.hint
    assert len(caught.value.message) < 300


def test_variables_that_no_environment_can_hold_are_a_typed_error() -> None:
    for variables in ({"NAME": "a\0b"}, {"A=B": "x"}, {"NAME": "\ud800"}, {"NAME": "x" * 10_000_000}):
        with pytest.raises(CommandFailed) as caught:
            shell.capture(["true"], env=variables)
        assert caught.value.hint
    with pytest.raises(CommandFailed, match="not valid Unicode"):
        shell.capture(["cat"], stdin="\ud800")


@pytest.mark.parametrize(
    ("folder", "text"), [("gone", "no such folder"), ("file", "not a folder"), ("file/x", "Not a")]
)
def test_folder_in_which_no_program_can_run_is_named(folder: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandFailed, match=f"cannot run in {tmp_path / folder}: .*{text}"):
        shell.stream(["true"], cwd=tmp_path / folder)


@pytest.mark.parametrize("start", [shell.save, shell.detach])
def test_output_file_that_cannot_be_written_is_named_instead_of_the_program(
    start: Callable[[list[str], Path], object], tmp_path: Path
) -> None:
    with pytest.raises(CommandFailed, match=r"out cannot be written: No such file"):
        start(["true"], tmp_path / "missing/out")


def test_bytes_that_are_not_utf_8_are_replaced_and_line_ends_are_one() -> None:
    program = [PYTHON, "-c", r"import os; os.write(1, b'a\xff\r\n\xe2\x82'); os.write(1, b'\xac\rb')"]
    assert shell.capture(program).stdout == "a\ufffd\n€\nb"
    assert shell.stream(program) == "a\ufffd\n€\nb"


# A pipe holds 64 kB: a program that writes before it reads would wait for its reader, and that for the program.
@pytest.mark.parametrize("run", [shell.capture, shell.stream])
def test_large_input_and_early_output_do_not_wait_for_each_other(run: Callable[..., object]) -> None:
    code = "import sys; sys.stdout.write('o\\n' * 150_000); sys.stdout.write(sys.stdin.read())"
    answer = run([PYTHON, "-c", code], stdin="i" * 1_000_000, timeout=120)
    text = answer.stdout if isinstance(answer, shell.Result) else answer
    assert text == "o\n" * 150_000 + "i" * 1_000_000


@pytest.mark.parametrize("run", [shell.capture, shell.stream])
def test_program_may_end_before_it_reads_its_input(run: Callable[..., object]) -> None:
    run(["true"], stdin="i" * 1_000_000, timeout=120)
    with pytest.raises(CommandFailed, match="status 3"):
        run(["sh", "-c", "exit 3"], stdin="i" * 1_000_000, timeout=120)


STUBBORN = (
    "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; print('on', flush=True); time.sleep(600)"
)
# Each writes the ids of its processes into the file that is its first argument, and keeps its pipes open.
FAMILIES = {
    "child": 'sleep 600 & echo $$ $! > "$1"; wait',
    "grandchild": 'sh -c \'sleep 600 & echo $$ $! > "$0"; wait\' "$1"; echo after',
    "orphan": 'sleep 600 & echo $! > "$1"',
    "own session": 'setsid sh -c \'sleep 600 & echo $$ $! > "$0"; wait\' "$1" & wait',
    "ignores a hang-up": '(trap "" HUP; sleep 600) & echo $! > "$1"; exit 0',
    "ignores signals": 'trap "" TERM; sleep 600 & echo $$ $! > "$1"; wait; wait',
}


@pytest.mark.parametrize("run", [shell.capture, shell.stream])
@pytest.mark.parametrize("family", FAMILIES)
def test_time_limit_ends_the_program_with_everything_it_started(
    run: Callable[..., object], family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "OVERTIME_SECONDS", 0.2)
    monkeypatch.setattr(shell, "FAMILY_SECONDS", 0.2)
    ids = tmp_path / "ids"
    # On a busy machine the program may not have started anything when a short limit ends it.
    for limit in (0.3, 3, 30):
        begun = time.monotonic()
        with pytest.raises(TimedOut, match=f"within {limit:g} s"):
            run(["sh", "-c", FAMILIES[family], "sh", str(ids)], timeout=limit)
        if ids.exists() and ids.read_text().strip():
            break
    # Far from the ten minutes of `sleep`.
    assert time.monotonic() - begun < limit + 60
    assert not any(processes.read(int(process)) for process in ids.read_text().split())


def test_time_limit_holds_for_endless_output_and_for_a_program_that_closed_its_pipes() -> None:
    with pytest.raises(TimedOut):
        shell.stream(["yes"], timeout=0.2)
    with pytest.raises(TimedOut):
        shell.capture(["sh", "-c", "exec >/dev/null 2>&1; sleep 600"], timeout=0.2)
    with pytest.raises(TimedOut):
        shell.capture(["sleep", "600"], stdin="i" * 1_000_000, timeout=0.2)


def test_interrupt_ends_what_the_program_started(tmp_path: Path) -> None:
    def interrupt(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shell.stream(["sh", "-c", 'sleep 600 & echo $! > "$0"; echo on; wait', str(tmp_path / "id")], interrupt)
    assert processes.read(int((tmp_path / "id").read_text())) is None


def test_second_interrupt_kills_a_program_that_ignores_the_first() -> None:
    code = f"""
import os, signal, sys, threading, time
from dockdj.adapters import processes, shell
started = []
def interrupt(event):
    started.extend(each.id for each in processes.family(os.getpid()) if each.id != os.getpid())
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    raise KeyboardInterrupt
try:
    shell.stream([sys.executable, "-c", {STUBBORN!r}], interrupt)
except KeyboardInterrupt:
    print(len(started), [each for each in started if processes.read(each)])
"""
    # In a process of its own: a signal chooses any thread, and test workers have several.
    begun = time.monotonic()
    done = subprocess.run([PYTHON, "-c", code], timeout=180, check=False, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1 []\n", "")
    assert time.monotonic() - begun < shell.END_SECONDS


def test_program_with_a_limit_that_ends_in_time_leaves_its_background_programs(tmp_path: Path) -> None:
    background = "sleep 600 >/dev/null 2>&1 & echo $!"
    id_ = int(shell.capture(["sh", "-c", background], timeout=120).stdout)
    assert processes.read(id_)
    os.kill(id_, signal.SIGKILL)
