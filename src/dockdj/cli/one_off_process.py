"""How a one-off process meets the terminal, a pipe, or --json."""

import re

from dockdj.cli.console import Console
from dockdj.lifecycle.environments import processes
from dockdj.lifecycle.environments.processes import Place, Process

# The counts in pytest's last line: `3 failed, 12 passed, 1 skipped in 0.52s`.
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped)\b")


def finish(console: Console, command: str, place: Place, process: Process) -> int:
    """Run a process to its end and return its exit status; with --json what it wrote is the data."""
    if not console.as_json:
        return processes.attach(place, process, terminal=console.terminal)
    done = processes.capture(place, process)
    console.result(command, {"exit": done.status, "stdout": done.stdout, "stderr": done.stderr})
    return done.status


def counts(output: str) -> dict[str, int]:
    """How many tests passed, failed and were skipped, by pytest's own last line."""
    lines = [line for line in output.splitlines() if " in " in line and COUNT.search(line)]
    found = {"passed": 0, "failed": 0, "skipped": 0}
    for number, what in COUNT.findall(lines[-1]) if lines else ():
        found["failed" if what.startswith("error") else what] += int(number)
    return found
