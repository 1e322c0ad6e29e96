"""The only module that starts other programs."""

import contextlib
import math
import os
import shlex
import signal
import subprocess
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from types import FrameType

from dockdj.errors import CommandFailed, MissingTool, TimedOut
from dockdj.events import Output, Report, silent

KEPT_LINES = 30
END_SECONDS = 10
LONGEST_WAIT_SECONDS = 1
# What a terminal or a supervisor sends to end a program.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

INSTALL_HINTS = {
    "docker": "install Docker Engine with the compose and buildx plugins: https://docs.docker.com/engine/install/",
    "git": "install Git: https://git-scm.com/downloads",
}


@dataclass(frozen=True)
class Result:
    """A program that ended: its exit status and its output."""

    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: str


def capture(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
    check: bool = True,
    umask: int = -1,
) -> Result:
    """Run a program to its end and return its status and output.

    `env` is added to this process's environment; `umask` -1 inherits this process's.

    Raises MissingTool if the program is not installed, TimedOut after `timeout` seconds and, with `check`,
    CommandFailed if its status is not 0.
    """
    with _started(argv, env=env, stdin=stdin is not None, merged=False, umask=umask) as process:
        try:
            stdout, stderr = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise TimedOut(f"`{shlex.join(argv)}` did not end within {timeout:g} s") from error
    result = Result(tuple(argv), process.returncode, stdout, stderr)
    if check and result.status != 0:
        raise failure(result.argv, result.status, result.stderr or result.stdout)
    return result


def stream(
    argv: Sequence[str],
    report: Report = silent,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
) -> str:
    """Run a program, report each line as the program writes it, and return all lines.

    Raises as `capture` does.
    """
    lines: list[str] = []
    expired = False

    def expire() -> None:
        nonlocal expired
        expired = True
        _end(process)

    with _started(argv, cwd=cwd, env=env, stdin=stdin is not None, merged=True) as process:
        timer = Timer(timeout, expire) if timeout else None
        if timer:
            timer.start()
        try:
            if stdin is not None and process.stdin:
                # A program that ends before it read everything explains itself by its status and output.
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.write(stdin)
                    process.stdin.close()
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                report(Output(lines[-1]))
            process.wait()
        finally:
            if timer:
                timer.cancel()
    if expired:
        raise TimedOut(f"`{shlex.join(argv)}` did not end within {timeout:g} s")
    if process.returncode != 0:
        raise failure(tuple(argv), process.returncode, "\n".join(lines))
    return "\n".join(lines)


def save(argv: Sequence[str], destination: Path) -> Result:
    """Run a program and write its output, as bytes, to `destination`. The caller checks the status."""
    try:
        with destination.open("wb") as output:
            completed = subprocess.run(
                list(argv), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, check=False
            )
    except FileNotFoundError as error:
        raise _missing(argv[0]) from error
    return Result(tuple(argv), completed.returncode, "", completed.stderr.decode(errors="replace"))


def attach(argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> int:
    """Give the terminal to a program (a shell, followed logs) and return its exit status."""
    try:
        return subprocess.run(list(argv), env=_environment(env), check=False).returncode
    except FileNotFoundError as error:
        raise _missing(argv[0]) from error


@dataclass(frozen=True)
class Ended:
    """The end of a program that had the terminal and the signals.

    `status` is its exit status, or the negative number of the signal that killed it. `signals` is the number of ending
    signals that were sent to it.
    """

    status: int
    signals: int = 0


def hand_over(argv: Sequence[str], *, env: Mapping[str, str] | None = None, repeat: float = math.inf) -> Ended:
    """Give the terminal, and the signals that would end this process, to a program; return how it ended.

    Unlike `attach`, an interrupt ends the program but not the wait for it, so its status is still returned.
    A program that still runs `repeat` seconds after a signal receives the signal again.
    """
    process: subprocess.Popen[bytes] | None = None
    sent: list[int] = []

    def forward(number: int, _: FrameType | None) -> None:
        sent.append(number)
        if process is not None:
            process.send_signal(number)

    # The program inherits the signals that this process ignores (nohup, a shell's background job).
    handlers = {number: signal.getsignal(number) for number in ENDING}
    forwarded = [number for number, handler in handlers.items() if handler is not signal.SIG_IGN]
    for number in forwarded:
        signal.signal(number, forward)
    try:
        process = subprocess.Popen(list(argv), env=_environment(env))
        for pending in tuple(sent):
            process.send_signal(pending)
        waits = 0
        while True:
            # A signal that arrives just before a wait begins is handled when the wait ends, so each wait is short.
            with contextlib.suppress(subprocess.TimeoutExpired):
                return Ended(process.wait(LONGEST_WAIT_SECONDS), len(sent))
            waits += bool(sent)
            if waits * LONGEST_WAIT_SECONDS > repeat:
                forward(sent[-1], None)
    except FileNotFoundError as error:
        raise _missing(argv[0]) from error
    finally:
        for number in forwarded:
            signal.signal(number, handlers[number])


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold back ending signals from this thread and from the programs that it starts."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def detach(argv: Sequence[str], log: Path, *, env: Mapping[str, str] | None = None) -> int:
    """Start a program that outlives this process, append its output to `log`, and return its process id."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(env),
            start_new_session=True,
        )
    # Without a return code, Popen warns when it is collected while the program runs.
    process.returncode = 0
    return process.pid


def failure(argv: Sequence[str], status: int, output: str) -> CommandFailed:
    """The error for a program that failed: its command and its last lines."""
    last = "\n".join(deque(output.strip().splitlines(), KEPT_LINES))
    message = f"`{shlex.join(argv)}` ended with status {status}" + (f":\n{last}" if last else "")
    return CommandFailed(message, argv=argv, status=status, output=output)


@contextlib.contextmanager
def _started(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None,
    stdin: bool,
    merged: bool,
    cwd: Path | None = None,
    umask: int = -1,
) -> Iterator[subprocess.Popen[str]]:
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=_environment(env),
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            umask=umask,
        )
    except FileNotFoundError as error:
        if cwd is not None and not cwd.exists():
            raise CommandFailed(f"`{shlex.join(argv)}` cannot run in {cwd}: no such folder") from error
        raise _missing(argv[0]) from error
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """Ask a running program to stop, and kill it after END_SECONDS."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environment(extra: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if extra is None else {**os.environ, **extra}


def _missing(program: str) -> MissingTool:
    return MissingTool(
        f"the program `{program}` is not installed", hint=INSTALL_HINTS.get(program, f"install `{program}`")
    )
