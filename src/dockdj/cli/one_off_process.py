"""Run a one-off process on the terminal, through pipes, or with its output as JSON."""

import re
from collections.abc import Callable, Sequence

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.lifecycle.environments import processes
from dockdj.lifecycle.environments.processes import Place, Process
from dockdj.model.project.project import Project

# The counts in pytest's last line: `3 failed, 12 passed, 1 skipped in 0.52s`.
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped)\b")


def in_application(
    console: Console,
    command: str,
    environment: str,
    process: Callable[[Project, Sequence[str]], Process],
    words: Sequence[str],
) -> int:
    """Run `process` of these words in an environment's application and return its exit status."""
    project = project_of(console)
    place = processes.prepare(project, environment, console.report)
    return finish(console, command, place, process(project, words))


def finish(console: Console, command: str, place: Place, process: Process) -> int:
    """Run a process to its end and return its exit status. With --json its output is the data."""
    if not console.as_json:
        return processes.attach(place, process, terminal=console.terminal)
    outcome = processes.capture(place, process)
    console.result(command, {"exit": outcome.status, "stdout": outcome.stdout, "stderr": outcome.stderr})
    return outcome.status


def counts(output: str) -> dict[str, int]:
    """Count the passed, failed and skipped tests in pytest's last line."""
    lines = [line for line in output.splitlines() if " in " in line and COUNT.search(line)]
    numbers = {"passed": 0, "failed": 0, "skipped": 0}
    for number, what in COUNT.findall(lines[-1]) if lines else ():
        numbers["failed" if what.startswith("error") else what] += int(number)
    return numbers
