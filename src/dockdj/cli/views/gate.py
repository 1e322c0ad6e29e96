"""The result of production's quality gate, for people and as JSON."""

from dataclasses import asdict

import click

from dockdj.cli.console import Console
from dockdj.lifecycle.environments.checks import Gate


def show(console: Console, command: str, environment: str, gate: Gate) -> int:
    """Print the gate's checks, the output of those that failed, and the counts; return the exit code."""
    if not console.as_json:
        for check in gate.checks:
            if check.exit:
                click.echo(f"--- {check.name}\n{check.output}", err=True)
    data = {"environment": environment, "exit": 0 if gate.open else 1, **asdict(gate)}
    data["checks"] = [{**asdict(check), "output": check.output if check.exit else ""} for check in gate.checks]
    console.result(command, data, as_text(gate))
    return 0 if gate.open else 1


def as_text(gate: Gate) -> str:
    """Return a line for each check of the gate, and the counts of the tests."""
    lines = [f"{'failed' if check.exit else 'ok':<7} {check.name}  {check.seconds:.1f} s" for check in gate.checks]
    return "\n".join([*lines, f"tests   {gate.passed} passed, {gate.failed} failed, {gate.skipped} skipped"])
