"""A supervisor's signal ends a command as Ctrl-C does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.eventually import eventually

# The command line around a program that `run --json` captures. `docker` is a stub.
CALLER = """
import signal, sys
from pathlib import Path
from dockdj.adapters.docker.compose import Stack
from dockdj.cli import main
import click
from dockdj.cli.commands import run as verb
if {ignored}:
    signal.signal({number}, signal.SIG_IGN)
def body(*_, **__):
    Stack("shop-dev", Path("/shop/docker-compose.yml")).capture("django", ["sleep"])
verb.command.callback = click.pass_context(body)
sys.argv = ["dockdj", "run", "dev", "--json", "--", "sleep"]
main.run()
"""
DOCKER = """#!/bin/bash
case $1 in
    compose) ;;
    *) echo "$*" >> "$CALLS"; exit 0 ;;
esac
trap 'exit 130' TERM
echo $PPID > "$CALLS.caller"
while [ ! -e "$CALLS.end" ]; do sleep 0.05; done
"""


def signalled(folder: Path, number: int, *, ignored: bool) -> tuple[int, str, str]:
    """Signal the command while its program runs; its exit status, its output, and what it told Docker."""
    (folder / "docker").write_text(DOCKER)
    (folder / "docker").chmod(0o755)
    calls = folder / "calls"
    calls.touch()
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "CALLS": str(calls)}
    argv = [sys.executable, "-c", CALLER.format(number=int(number), ignored=ignored)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(argv, text=True, env=environment, **pipes) as process:  # type: ignore[call-overload]
        try:
            eventually((folder / "calls.caller").exists)
            process.send_signal(number)
            if ignored:
                (folder / "calls.end").touch()
            output, _ = process.communicate(timeout=120)
        finally:
            process.kill()
    return process.returncode, output, calls.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signalled_run_with_json_ends_with_130_and_removes_its_container(
    number: signal.Signals, tmp_path: Path
) -> None:
    status, output, calls = signalled(tmp_path, number, ignored=False)
    assert (status, '"interrupted"' in output) == (130, True)
    assert [line.split()[0] for line in calls.splitlines()] == ["stop", "rm"]


def test_a_signal_that_the_command_was_started_to_ignore_stays_ignored(tmp_path: Path) -> None:
    assert signalled(tmp_path, signal.SIGHUP, ignored=True) == (0, "", "")
