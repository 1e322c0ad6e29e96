"""Every interrupt of a one-off process ends it and leaves no container, whatever Compose makes of the signal.

The programs called `docker` here end as Docker's client and Compose do on a busy machine.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from dockdj.adapters import shell
from dockdj.adapters.docker import compose
from dockdj.adapters.docker.compose import Stack

INTERRUPTED = 130
# Ends as the command line does.
CALLER = """
import sys
from pathlib import Path
from dockdj.adapters.docker.compose import Stack
stack = Stack("shop-dev", Path("/shop/docker-compose.yml"))
try:
    sys.exit(stack.{method}("django", ["sleep"], terminal={terminal}))
except KeyboardInterrupt:
    sys.exit(130)
"""
DOCKER = """#!/bin/bash
signals=0
case $1 in
    compose) ;;
    *) echo "$*" >> "$CALLS"; exit 0 ;;
esac
{traps}
echo ready
while :; do sleep 0.05; done
"""
# Without a trap, bash ignores an interrupt that arrives while its `sleep` runs and ends normally.
DIES_OF_THE_SIGNAL = 'for name in INT TERM HUP; do trap "trap - $name; kill -$name \\$\\$" $name; done'
COMPOSE_DIES_OF_THE_SIGNAL = "trap 'exit 255' INT TERM HUP"
CANCELS = "trap 'exit 130' INT TERM HUP"
IS_NOT_READY_FOR_COMPOSE = "trap 'exit 125' INT TERM HUP"
# It loses the first signal, and after the third it kills Compose.
LOSES_THE_SIGNAL = "trap '(( ++signals < 3 )) || exit 1' INT TERM HUP"
PROGRAM_HANDLES_THE_SIGNAL = "trap 'exit 4' INT TERM HUP"


def interrupted(
    folder: Path, traps: str, number: int, *, terminal: bool = False, method: str = "attach"
) -> tuple[int, str]:
    """Interrupt the caller of this `docker`; return its exit status and the other commands of Docker it ran."""
    docker, calls = folder / "docker", folder / "calls"
    docker.write_text(DOCKER.format(traps=traps))
    docker.chmod(0o755)
    calls.touch()
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "CALLS": str(calls)}
    argv = [sys.executable, "-c", CALLER.format(method=method, terminal=terminal)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=environment, start_new_session=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
            process.send_signal(number)
            return process.wait(120), calls.read_text()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "traps",
    [DIES_OF_THE_SIGNAL, COMPOSE_DIES_OF_THE_SIGNAL, CANCELS, IS_NOT_READY_FOR_COMPOSE, LOSES_THE_SIGNAL],
)
def test_an_interrupted_one_off_process_ends_with_130_and_its_container_is_removed(
    tmp_path: Path, traps: str, number: signal.Signals
) -> None:
    status, calls = interrupted(tmp_path, traps, number)
    assert status == INTERRUPTED
    stop, remove = calls.splitlines()
    assert stop.startswith("stop --time 2 shop-dev-run-")
    assert remove.startswith("rm --force --volumes shop-dev-run-")


@pytest.mark.parametrize("traps", [DIES_OF_THE_SIGNAL, COMPOSE_DIES_OF_THE_SIGNAL, CANCELS, LOSES_THE_SIGNAL])
def test_an_interrupted_shell_in_a_running_container_ends_with_130(tmp_path: Path, traps: str) -> None:
    assert interrupted(tmp_path, traps, signal.SIGINT, method="enter") == (INTERRUPTED, "")


@pytest.mark.parametrize("terminal", [False, True])
def test_a_program_that_handles_the_signal_keeps_its_exit_status(tmp_path: Path, terminal: bool) -> None:
    assert interrupted(tmp_path, PROGRAM_HANDLES_THE_SIGNAL, signal.SIGINT, terminal=terminal) == (4, "")


def test_a_client_that_another_process_kills_ends_as_in_a_shell(tmp_path: Path) -> None:
    status, calls = interrupted(tmp_path, "echo ready; kill -KILL $$", 0)
    assert status == 128 + signal.SIGKILL
    assert calls.splitlines()[-1].startswith("rm --force")


# What a busy engine does to `docker stop`: it knows the container late, or it answers too late.
@pytest.mark.parametrize("engine", ['[ "$(wc -l < "$CALLS")" -ge 7 ]', "sleep 600"])
def test_container_that_a_busy_engine_creates_late_is_removed(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    calls.touch()
    (tmp_path / "docker").write_text(f'#!/bin/sh\necho "$1" >> "$CALLS"\n[ "$1" != stop ] || {engine}\n')
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("CALLS", str(calls))
    monkeypatch.setattr(compose, "POLL_SECONDS", 0)
    monkeypatch.setattr(compose, "CREATE_SECONDS", 0.001)
    monkeypatch.setattr(compose, "END_SECONDS", 3 if engine == "sleep 600" else 60)
    monkeypatch.setattr(shell, "OVERTIME_SECONDS", 0.1)
    stack = Stack("shop-dev", Path("/shop/docker-compose.yml"))
    with pytest.raises(KeyboardInterrupt), stack._one_off():
        raise KeyboardInterrupt
    assert calls.read_text().splitlines() == ["stop"] * (1 if engine == "sleep 600" else 7) + ["rm"]


def test_two_interrupts_on_a_terminal_that_end_compose_with_1_remove_the_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    (tmp_path / "docker").write_text('#!/bin/sh\necho "$1" >> "$CALLS"\n')
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("CALLS", str(calls))
    monkeypatch.setattr(shell, "hand_over", lambda *_, **__: shell.Ended(1, signals=2))
    with pytest.raises(KeyboardInterrupt):
        Stack("shop-dev", Path("/shop/docker-compose.yml")).attach("django", ["sleep"], terminal=True)
    assert calls.read_text().split() == ["stop", "rm"]
