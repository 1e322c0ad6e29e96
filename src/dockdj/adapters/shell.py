"""The only module that starts other programs."""

import contextlib
import math
import os
import signal
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any

from dockdj.adapters import environment, launch, pipes, processes
from dockdj.adapters.command_line import masked, shown
from dockdj.errors import CommandFailed, TimedOut
from dockdj.events import Output, Report, silent

KEPT_LINES = 30
# How long a program may take to end, after its time limit and after an interrupt.
OVERTIME_SECONDS = 2
END_SECONDS = 10
# What a program started may take as long to end after it.
FAMILY_SECONDS = 1
POLL_SECONDS = 0.02
LONGEST_WAIT_SECONDS = 1
# What a terminal or a supervisor sends to end a program.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Receivers = Mapping[IO[bytes], Callable[[bytes], None]]


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

    `env` is added to what programs inherit of this process's environment; `umask` -1 inherits this process's.

    Raises MissingTool if the program is not installed or cannot be run, TimedOut after `timeout` seconds and, with
    `check`, CommandFailed if its status is not 0. Then, what the program started ends with it.
    """
    content, stdout, stderr = _encoded(argv, stdin), pipes.Text(), pipes.Text()
    with _started(argv, content, timeout, env=env, umask=umask) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        receivers = {process.stdout: stdout.add, process.stderr: stderr.add}
        result = Result(tuple(argv), _finish(process, content, receivers, timeout), str(stdout), str(stderr))
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
    content, lines = _encoded(argv, stdin), list[str]()

    def receive(line: str) -> None:
        lines.append(line)
        report(Output(line))

    with _started(argv, content, timeout, env=env, cwd=cwd, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        status = _finish(process, content, {process.stdout: pipes.Lines(receive).add}, timeout)
    if status != 0:
        raise failure(tuple(argv), status, "\n".join(lines))
    return "\n".join(lines)


def save(argv: Sequence[str], destination: Path) -> Result:
    """Run a program and write its output, as bytes, to `destination`. The caller checks the status."""
    stderr = pipes.Text()
    with _opened(destination, "wb") as output, _started(argv, None, None, stdout=output) as process:
        assert process.stderr is not None
        status = _finish(process, None, {process.stderr: stderr.add}, None)
    return Result(tuple(argv), status, "", str(stderr))


@contextlib.contextmanager
def reading(argv: Sequence[str], stdin: bytes = b"") -> Iterator[IO[bytes]]:
    """Run a program and give its output, as bytes, while it runs. The caller reads all of it.

    Raises MissingTool if the program is not installed or cannot be run, CommandFailed if its status is not 0.
    """
    # From a file, because a pipe could fill up while nobody reads the output yet.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as errors:
        given.write(stdin)
        given.seek(0)
        process = _popen(argv, stdin=given, stdout=subprocess.PIPE, stderr=errors)
        assert process.stdout is not None
        with process.stdout:
            try:
                yield process.stdout
                process.wait()
            except BaseException:
                _end(process, END_SECONDS)
                raise
        if process.returncode != 0:
            errors.seek(0)
            raise failure(argv, process.returncode, errors.read().decode(errors="replace"))


@dataclass(frozen=True)
class Bounds:
    """The most that a program may take: seconds, bytes of output, and bytes of memory, which only Linux bounds."""

    seconds: float
    output: int
    memory: int


def save_bounded(
    argv: Sequence[str], destination: Path, bounds: Bounds, *, env: Mapping[str, str] | None = None
) -> Result:
    """Run a program as `save` does, with `env` as in `capture`, and end it if it exceeds its bounds.

    Raises TimedOut if it takes too long, CommandFailed if it writes too much.
    """
    stderr, size = pipes.Text(), 0

    def counted(receive: Callable[[bytes], Any]) -> Callable[[bytes], None]:
        def count(content: bytes) -> None:
            nonlocal size
            size += len(content)
            if size > bounds.output:
                raise CommandFailed(f"`{shown(argv)}` wrote more than {bounds.output:,} bytes", argv=argv)
            receive(content)

        return count

    with _opened(destination, "wb") as output, _started(argv, None, bounds.seconds, env=env) as process:
        processes.bound_memory(process.pid, bounds.memory)
        assert process.stdout is not None
        assert process.stderr is not None
        receivers = {process.stdout: counted(output.write), process.stderr: counted(stderr.add)}
        status = _finish(process, None, receivers, bounds.seconds)
    return Result(tuple(argv), status, "", str(stderr))


def attach(argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> int:
    """Give the terminal to a program (a shell, followed logs) and return its exit status."""
    process = _popen(argv, env=env)
    try:
        return process.wait()
    except BaseException:
        _end(process, END_SECONDS)
        raise


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
        process = _popen(argv, env=env)
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
    with _opened(log, "ab") as output:
        process = _popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    # Without a return code, Popen warns when it is collected while the program runs.
    process.returncode = 0
    return process.pid


def failure(argv: Sequence[str], status: int, output: str) -> CommandFailed:
    """The error for a program that failed: its command and its last lines, without passwords."""
    output = masked(output)
    last = "\n".join(deque(output.strip().splitlines(), KEPT_LINES))
    message = f"`{shown(argv)}` ended with status {status}" + (f":\n{last}" if last else "")
    return CommandFailed(message, argv=argv, status=status, output=output)


@contextlib.contextmanager
def _started(
    argv: Sequence[str], stdin: bytes | None, timeout: float | None, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program with pipes; end it, and what it started, if the context fails or is interrupted.

    A program with a time limit leads a process group, by which orphans of its children are found. A program without
    one stays in this process's group, so that it may ask on the terminal for a password.
    """
    streams = {"stdin": subprocess.DEVNULL if stdin is None else subprocess.PIPE}
    streams |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    group = None if timeout is None else 0
    process = _popen(argv, **{**streams, **options}, process_group=group, bufsize=0)
    try:
        yield process
    except (pipes.Expired, subprocess.TimeoutExpired) as error:
        _end(process, OVERTIME_SECONDS, leads_group=True)
        raise TimedOut(f"`{shown(argv)}` did not end within {timeout:g} s") from error
    except BaseException:
        _end(process, END_SECONDS, leads_group=timeout is not None)
        raise
    finally:
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _finish(process: subprocess.Popen[bytes], stdin: bytes | None, receivers: Receivers, timeout: float | None) -> int:
    """Exchange data with a program until it ends; return its status. Raises Expired or TimeoutExpired."""
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    pipes.exchange(process.stdin, stdin or b"", receivers, deadline)
    return process.wait(None if timeout is None else pipes.remaining(deadline))


def _end(process: subprocess.Popen[bytes], seconds: float, *, leads_group: bool = False) -> None:
    """Ask a running program to stop, kill it after some seconds, and end what it started.

    An interrupt meanwhile kills all of them at once.
    """
    family = processes.family(process.pid)
    try:
        if process.poll() is None:
            process.terminate()
            # A program that the terminal stopped cannot end.
            process.send_signal(signal.SIGCONT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
        family = processes.with_descendants(family)
        _send(family, signal.SIGTERM)
    finally:
        if process.returncode is None:
            family |= processes.family(process.pid)
        process.kill()
        process.wait()
        _send(processes.with_descendants(family), signal.SIGKILL)
        if leads_group and not processes.PROC.is_dir():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _send(family: Collection[processes.Process], number: signal.Signals) -> None:
    """Send a signal to processes, and give them FAMILY_SECONDS to end."""
    for member in family:
        # It may have ended, or belong to another user.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(member.id, number)
    deadline = time.monotonic() + FAMILY_SECONDS
    while processes.still_running(family) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _popen(
    argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None, **options: Any
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(list(argv), cwd=cwd, env=environment.of_program(os.environ, env or {}), **options)
    except (OSError, ValueError) as error:
        raise launch.error(argv, error, cwd) from error


def _encoded(argv: Sequence[str], text: str | None) -> bytes | None:
    """A program's input as UTF-8. Bytes of a file's name that are not UTF-8 stay as they are."""
    try:
        return None if text is None else text.encode(errors="surrogateescape")
    except UnicodeError as error:
        raise launch.error(argv, error) from error


@contextlib.contextmanager
def _opened(path: Path, mode: str) -> Iterator[IO[Any]]:
    try:
        file = path.open(mode)
    except OSError as error:
        raise CommandFailed(
            f"{path} cannot be written: {error.strerror}", hint=f"look: ls -ld {path.parent}"
        ) from error
    with file:
        yield file
