"""`dockdj env check|list|diff`."""

from collections.abc import Sequence
from typing import Any

import click

from dockdj.cli.arguments import project_of, target_option_with
from dockdj.cli.console import Console
from dockdj.cli.suggestions import SuggestingGroup
from dockdj.errors import Refused, UsageError
from dockdj.lifecycle.environments import variables
from dockdj.lifecycle.environments.variables import Setting
from dockdj.lifecycle.target import variables as target_variables
from dockdj.model.project.env_contract import resembling
from dockdj.model.project.env_finding import Finding
from dockdj.model.project.project import target_of


@click.group("env", cls=SuggestingGroup)
def command() -> None:
    """Check, list and compare environment variables, by the contract in .env.example."""


@command.command("check", epilog="Example: dockdj env check prod · dockdj env check --to production")
@click.argument("environment", metavar="[ENV]", required=False)
@target_option_with("Target in dockdj.toml, checked instead of ENV.", aliases=("--target",))
@click.pass_obj
def check(console: Console, environment: str | None, target_name: str | None) -> None:
    """Name the missing, unknown and wrong variables of ENV [default: all environments].

    With --to: those of the target, by production's contract.
    """
    if environment and target_name:
        raise UsageError("ENV and --to cannot be given together", hint="dockdj env check --to TARGET")
    project = project_of(console)
    if target_name:
        findings = [target_variables.check(project, target_of(project, target_name))]
    else:
        findings = [
            variables.check(project, name) for name in ([environment] if environment else variables.names(project))
        ]
    if wrong := [line for finding in findings for line in lines_of(finding)]:
        raise Refused("\n  ".join(["the environment does not match its contract:", *wrong]), hint=_hint(target_name))
    data = {"checked": [finding.subject for finding in findings]}
    count = {finding.subject: len(finding.contract) for finding in findings}
    console.result(
        "env check", data, "\n".join(f"{name}: {number} variables, all valid" for name, number in count.items())
    )


@command.command("list", epilog="Example: dockdj env list dev")
@click.argument("environment", metavar="ENV")
@click.pass_obj
def list_(console: Console, environment: str) -> None:
    """Show the contract of ENV and the values on this machine. Secrets are never shown."""
    settings = variables.settings(project_of(console), environment)
    data = {"variables": [_data(setting) for setting in settings]}
    console.result("env list", data, lambda: as_text(settings))


@command.command("diff", epilog="Example: dockdj env diff dev prod")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.pass_obj
def diff(console: Console, first: str, second: str) -> None:
    """Show the variables that differ between environments A and B: contract and values.

    A secret shows only as set or not set.
    """
    project = project_of(console)
    sides = [{each.variable.name: each for each in variables.settings(project, name)} for name in (first, second)]
    names = dict.fromkeys(name for side in sides for name in side)
    rows = [(name, *(_shown(side[name]) if name in side else "not there" for side in sides)) for name in names]
    differences = [row for row in rows if row[1] != row[2]]
    data = {
        "from": first,
        "to": second,
        "variables": [dict(zip(("name", "from", "to"), row, strict=True)) for row in differences],
    }
    text = table([("", first, second), *differences]) if differences else "no difference"
    console.result("env diff", data, text)


def lines_of(finding: Finding) -> list[str]:
    """Return a line for each mistake of a finding, without any value."""
    return [
        *finding.mistakes,
        *(f"{finding.subject}: {variable.name} is missing: {variable.about}" for variable in finding.missing),
        *(f"{finding.subject}: {name} is not in the contract{_meant(name, finding)}" for name in finding.unknown),
        *(f"{finding.subject}: {name} is a secret and has a plain value" for name in finding.exposed),
    ]


def as_text(settings: tuple[Setting, ...]) -> str:
    """Return the variables as a table."""
    rows = [
        (each.variable.name, _presence(each), _shown(each), f"{each.variable.about}{_local(each)}".strip())
        for each in settings
    ]
    return table(rows)


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows as lines with aligned columns; the last column is not padded."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)] if rows else []
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    )


def _data(setting: Setting) -> dict[str, Any]:
    variable = setting.variable
    return {
        "name": variable.name,
        "required": variable.required,
        "secret": variable.secret,
        "local": variable.local,
        "set": bool(setting.value),
        "value": None if variable.secret or not setting.value else setting.value,
        "about": variable.about,
    }


def _presence(setting: Setting) -> str:
    variable = setting.variable
    return ("required" if variable.required else "optional") + (", secret" if variable.secret else "")


def _shown(setting: Setting) -> str:
    if not setting.value:
        return "not set"
    return "set" if setting.variable.secret else f"= {setting.value}"


def _local(setting: Setting) -> str:
    return " (on this machine only)" if setting.variable.local else ""


def _meant(name: str, finding: Finding) -> str:
    near = resembling(name, finding.contract)
    return f"; did you mean {near}?" if near else ""


def _hint(target: str | None) -> str:
    if target:
        return f"plain values: [targets.{target}.env] in dockdj.toml; secrets, by ARN: [targets.{target}.secrets]"
    return "correct these lines, then run: dockdj env check"
