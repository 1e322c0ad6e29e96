"""dockdj env"""

from collections.abc import Sequence
from typing import Any

import click

from dockdj.cli.arguments import project_of, target_option_with
from dockdj.cli.console import Console
from dockdj.cli.suggestions import SuggestingGroup
from dockdj.errors import Refused, UsageError
from dockdj.lifecycle.environments import variables
from dockdj.lifecycle.environments.variables import Finding, Setting
from dockdj.lifecycle.target import variables as target_variables
from dockdj.model.project.env_contract import resembling
from dockdj.model.project.project import target_of


@click.group("env", cls=SuggestingGroup)
def command() -> None:
    """The environment contract, .env.example, and what is set."""


@command.command("check", epilog="Example: dockdj env check prod · dockdj env check --to production")
@click.argument("environment", metavar="[ENV]", required=False)
@target_option_with("Target in dockdj.toml, checked instead of ENV.", aliases=("--target",))
@click.pass_obj
def check(console: Console, environment: str | None, target_name: str | None) -> None:
    """Name what is missing, unknown or wrong in ENV's .env, or in that of every environment."""
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
        raise Refused("\n  ".join(["the environment is not as its contract says:", *wrong]), hint=_hint(target_name))
    data = {"checked": [finding.subject for finding in findings]}
    count = {finding.subject: len(finding.contract) for finding in findings}
    console.result("env check", data, "\n".join(f"{name}: {number} variables, well" for name, number in count.items()))


@command.command("list", epilog="Example: dockdj env list dev")
@click.argument("environment", metavar="ENV")
@click.pass_obj
def list_(console: Console, environment: str) -> None:
    """Show ENV's contract and what is set on this machine; never a secret."""
    found = variables.settings(project_of(console), environment)
    console.result("env list", {"variables": [_data(one) for one in found]}, lambda: as_text(found))


@command.command("diff", epilog="Example: dockdj env diff dev prod")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.pass_obj
def diff(console: Console, first: str, second: str) -> None:
    """Show in what environments A and B differ: contract and values; of secrets, whether they are set."""
    project = project_of(console)
    sides = [{one.variable.name: one for one in variables.settings(project, name)} for name in (first, second)]
    names = dict.fromkeys(name for side in sides for name in side)
    rows = [(name, *(_shown(side[name]) if name in side else "not there" for side in sides)) for name in names]
    found = [row for row in rows if row[1] != row[2]]
    data = {
        "from": first,
        "to": second,
        "variables": [dict(zip(("name", "from", "to"), row, strict=True)) for row in found],
    }
    console.result("env diff", data, lambda: table([("", first, second), *found]) if found else "no difference")


def lines_of(finding: Finding) -> list[str]:
    """A finding for people, a line each; no value is shown."""
    return [
        *finding.mistakes,
        *(f"{finding.subject}: {one.name} is missing: {one.about}" for one in finding.missing),
        *(f"{finding.subject}: {name} is not in the contract{_meant(name, finding)}" for name in finding.unknown),
        *(f"{finding.subject}: {name} is secret and stands there as plain value" for name in finding.exposed),
    ]


def as_text(found: tuple[Setting, ...]) -> str:
    """The variables as a table."""
    rows = [
        (one.variable.name, _presence(one), _shown(one), f"{one.variable.about}{_local(one)}".strip()) for one in found
    ]
    return table(rows)


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows under each other; the last column is as long as it is."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)] if rows else []
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    )


def _data(one: Setting) -> dict[str, Any]:
    variable = one.variable
    return {
        "name": variable.name,
        "required": variable.required,
        "secret": variable.secret,
        "local": variable.local,
        "set": bool(one.value),
        "value": None if variable.secret or not one.value else one.value,
        "about": variable.about,
    }


def _presence(one: Setting) -> str:
    return ("required" if one.variable.required else "optional") + (", secret" if one.variable.secret else "")


def _shown(one: Setting) -> str:
    return "not set" if not one.value else "set" if one.variable.secret else f"= {one.value}"


def _local(one: Setting) -> str:
    return " (on this machine alone)" if one.variable.local else ""


def _meant(name: str, finding: Finding) -> str:
    near = resembling(name, finding.contract)
    return f"; is {near} meant?" if near else ""


def _hint(target: str | None) -> str:
    if target:
        return f"plain values: [targets.{target}.env] in dockdj.toml; secrets, by ARN: [targets.{target}.secrets]"
    return "correct the lines named, then: dockdj env check"
