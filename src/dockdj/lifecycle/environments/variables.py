"""An environment's variables on this machine: its contract, its `.env`, and whether they agree."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters import project_file
from dockdj.adapters.disk import write_atomically
from dockdj.errors import ProjectError, Refused, UsageError
from dockdj.events import Finished, Report, Warned, silent
from dockdj.model.project import dotenv, env_contract
from dockdj.model.project.env_contract import SECRET_BYTES, Variable
from dockdj.model.project.env_finding import Finding, mistakes_in
from dockdj.model.project.project import Project

EXAMPLE = ".env.example"
DOTENV = ".env"


@dataclass(frozen=True)
class Setting:
    """A variable of the contract and what it is set to; a secret's value stays where it is."""

    variable: Variable
    value: str


def names(project: Project) -> tuple[str, ...]:
    """The project's environments."""
    return project_file.environments(project)


def known(project: Project, environment: str) -> str:
    """`environment`, once it is sure that the project has it. Raises UsageError otherwise."""
    found = names(project)
    if environment not in found:
        raise UsageError(f"there is no environment `{environment}`", hint=f"environments: {', '.join(found) or 'none'}")
    return environment


def write_dotenv(folder: Path) -> bool:
    """Make an environment's `.env` from its `.env.example`, with new secrets; say whether there was none.

    Raises ProjectError when the example is wrong.
    """
    path, example = folder / DOTENV, folder / EXAMPLE
    if path.exists() or not example.exists():
        return False
    text = env_contract.filled(example.read_bytes(), _shown(example), lambda: secrets.token_urlsafe(SECRET_BYTES))
    write_atomically(path, text.encode(), mode=0o600)
    return True


def ready(project: Project, environment: str, report: Report = silent) -> None:
    """Make the `.env` when there is none, and see that every parser reads it alike and nothing is missing.

    Raises ProjectError with every wrong line, Refused naming every required variable without a value.
    """
    folder = project.root / "environments" / environment
    if write_dotenv(folder):
        report(Finished(f"write {_shown(folder / DOTENV)}", "with new secrets"))
    if not (folder / DOTENV).is_file():
        return
    values = dotenv.parse((folder / DOTENV).read_bytes(), _shown(folder / DOTENV))
    if not (folder / EXAMPLE).is_file():
        return
    variables = env_contract.parse((folder / EXAMPLE).read_bytes(), _shown(folder / EXAMPLE))
    if lacking := env_contract.missing(variables, values):
        listed = ", ".join(variable.name for variable in lacking)
        raise Refused(
            f"{_shown(folder / DOTENV)} lacks {listed}",
            hint=f"what they are for: dockdj env list {environment}; write them into that file and start again",
        )
    for name in env_contract.unknown(variables, values):
        report(Warned(f"{_shown(folder / DOTENV)}: {name} is not in the contract {EXAMPLE}"))


def check(project: Project, environment: str) -> Finding:
    """Compare an environment's `.env` with its contract; without a `.env`, the one that `start` would make."""
    folder = project.root / "environments" / known(project, environment)
    subject = _shown(folder / DOTENV)
    try:
        variables, values = settings_of(folder)
    except ProjectError as error:
        return Finding(subject, mistakes=mistakes_in(error))
    return Finding(
        subject,
        missing=env_contract.missing(variables, values),
        unknown=env_contract.unknown(variables, values),
        contract=variables,
    )


def settings(project: Project, environment: str) -> tuple[Setting, ...]:
    """The contract of an environment and what is set on this machine. Raises ProjectError for a wrong file."""
    variables, values = settings_of(project.root / "environments" / known(project, environment))
    return tuple(Setting(variable, values.get(variable.name, "")) for variable in variables)


def settings_of(folder: Path) -> tuple[tuple[Variable, ...], Mapping[str, str]]:
    """An environment's contract and values. Raises ProjectError with the wrong lines of both files."""
    example, path = folder / EXAMPLE, folder / DOTENV
    if not example.is_file():
        raise ProjectError(f"there is no contract:\n  {_shown(example)} is missing", hint=f"write {_shown(example)}")
    content = example.read_bytes()
    variables, mistakes = env_contract.read(content)
    wrong = [f"{_shown(example)}:{one.line}: {one.reason}" for one in mistakes]
    values: Mapping[str, str] = {}
    if path.is_file():
        values, mistakes = dotenv.read(path.read_bytes())
        wrong += [f"{_shown(path)}:{one.line}: {one.reason}" for one in mistakes]
    elif not wrong:
        values = dotenv.parse(env_contract.filled(content, _shown(example), lambda: "x").encode(), _shown(example))
    if wrong:
        lines = "".join(f"\n  {line}" for line in wrong)
        raise ProjectError(
            f"environments/{folder.name} is wrong:{lines}", hint="correct them and run the command again"
        )
    return variables, values


def _shown(path: Path) -> str:
    """A file of an environment as a person names it."""
    return "/".join(path.parts[-3:])
