import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dockdj.adapters import shell
from dockdj.errors import CommandFailed, MissingTool, TimedOut
from dockdj.events import Event, Output
from tests.support.eventually import eventually

PYTHON = sys.executable


def test_capture_keeps_large_stdout_and_stderr_apart() -> None:
    code = "import sys; sys.stdout.write('o' * 300000); sys.stderr.write('e' * 300000)"
    done = shell.capture([PYTHON, "-c", code], timeout=120)
    assert (len(done.stdout), len(done.stderr)) == (300000, 300000)


def test_failure_shows_command_status_and_last_lines() -> None:
    with pytest.raises(CommandFailed) as caught:
        shell.capture([PYTHON, "-c", "import sys; print('why', file=sys.stderr); sys.exit(3)"])
    assert caught.value.status == 3
    assert "ended with status 3:\nwhy" in caught.value.message


def test_missing_program_and_missing_folder_are_named() -> None:
    with pytest.raises(MissingTool, match="no-such-program"):
        shell.capture(["no-such-program"])
    with pytest.raises(CommandFailed, match="no such folder"):
        shell.stream(["true"], cwd=Path("/no/such/folder"))


def test_stream_reports_each_line_when_it_is_written(tmp_path: Path) -> None:
    events: list[Event] = []
    seen_by_reporter = tmp_path / "seen_by_reporter"
    code = (
        f"import os, time; print('a')\nwhile not os.path.exists({str(seen_by_reporter)!r}): time.sleep(.01)\nprint('b')"
    )

    def report(event: Event) -> None:
        events.append(event)
        seen_by_reporter.touch()

    shell.stream([PYTHON, "-uc", code], report, timeout=120)
    assert events == [Output("a"), Output("b")]


def test_timeout_ends_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    popen = subprocess.Popen

    class Noted(popen):  # type: ignore[misc,valid-type]
        def __init__(self, *given: object, **named: object) -> None:
            super().__init__(*given, **named)
            started.append(self.pid)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    for run in (shell.capture, shell.stream):
        with pytest.raises(TimedOut, match="within 1 s"):
            run(["sleep", "600"], timeout=1)
        with pytest.raises(ProcessLookupError):
            os.kill(started.pop(), 0)


def test_interrupt_ends_the_program(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); print('on', flush=True); time.sleep(600)"

    def interrupt(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shell.stream([PYTHON, "-c", code], interrupt)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_detached_program_has_its_own_session_and_writes_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    pid = shell.detach([PYTHON, "-uc", "import time; print('up'); time.sleep(600)"], log)
    eventually(lambda: log.read_text() == "up\n")
    assert os.getsid(pid) != os.getsid(0)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_save_writes_bytes_unchanged(tmp_path: Path) -> None:
    done = shell.save([PYTHON, "-c", "import os; os.write(1, bytes(range(256)))"], tmp_path / "out")
    assert (done.status, (tmp_path / "out").read_bytes()) == (0, bytes(range(256)))


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("while True: print('x' * 1000)", CommandFailed),
        ("import subprocess; subprocess.run(['sleep', '600'])", TimedOut),
        ("import os, time; os.close(1); time.sleep(600)", TimedOut),
    ],
)
def test_bounded_program_is_ended_with_its_children(code: str, error: type[Exception], tmp_path: Path) -> None:
    bounds = shell.Bounds(seconds=60 if error is CommandFailed else 0.3, output=100_000, memory=2**30)
    with pytest.raises(error):
        shell.save_bounded([PYTHON, "-c", code], tmp_path / "out", bounds)


def test_bounded_program_within_its_bounds_returns_status_output_and_messages(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write('e' * 200_000 + 'end'); sys.stdout.write('out'); sys.exit(3)"
    result = shell.save_bounded([PYTHON, "-c", code], tmp_path / "out", shell.Bounds(60, 200_006, 2**30))
    assert (result.status, result.stderr[-4:], (tmp_path / "out").read_text()) == (3, "eend", "out")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of another process")
def test_bounded_program_gets_no_more_memory(tmp_path: Path) -> None:
    code = "import time; time.sleep(0.2); bytearray(2**28)"
    result = shell.save_bounded([PYTHON, "-c", code], tmp_path / "out", shell.Bounds(60, 10_000, 2**27))
    assert "MemoryError" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_hand_over_waits_until_the_signalled_program_ends_itself(number: signal.Signals) -> None:
    tidies = "import signal, sys, time; signal.signal({0}, lambda *_: sys.exit(9)); print(flush=True); time.sleep(600)"
    code = f"""
import os, sys, threading
from dockdj.adapters import shell
reader, writer = os.pipe()
os.dup2(writer, 1)
def later():
    os.read(reader, 1)
    os.kill(os.getpid(), {int(number)})
threading.Thread(target=later).start()
ended = shell.hand_over([sys.executable, "-c", {tidies.format(int(number))!r}])
sys.exit(ended.status + ended.signals + 100)
"""
    done = subprocess.run([PYTHON, "-c", code], timeout=180, check=False, stdout=subprocess.DEVNULL)
    assert done.returncode == 110


def test_hand_over_returns_the_status_and_restores_signal_handlers() -> None:
    assert shell.hand_over([PYTHON, "-c", "import sys; sys.exit(7)"]) == shell.Ended(7)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(MissingTool):
        shell.hand_over(["no-such-program"])


def test_uninterrupted_holds_a_signal_back_from_the_process_and_from_the_programs_it_starts() -> None:
    interrupts_both = "import os; os.kill(os.getppid(), 2); os.kill(os.getpid(), 2); print('the program ended')"
    code = f"""
import sys
from dockdj.adapters import shell
try:
    with shell.uninterrupted():
        print(shell.capture([sys.executable, "-c", {interrupts_both!r}]).stdout, end="")
except KeyboardInterrupt:
    print("interrupted")
"""
    # In a process of its own: a signal chooses any thread, and test workers have several.
    done = subprocess.run([PYTHON, "-c", code], timeout=180, check=False, capture_output=True, text=True)
    assert done.stdout == "the program ended\ninterrupted\n"
