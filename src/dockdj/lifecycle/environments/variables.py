"""An environment's variables on this machine: its contract, its `.env`, and the differences between them."""

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
from dockdj.model.project.layout import EnvironmentFiles
from dockdj.model.project.project import Project


@dataclass(frozen=True)
class Setting:
    """A variable of the contract and its value on this machine."""

    variable: Variable
    value: str


def names(project: Project) -> tuple[str, ...]:
    """The project's environments."""
    return project_file.environments(project)


def known(project: Project, environment: str) -> str:
    """Return `environment`. Raises UsageError when the project does not have it."""
    environments = names(project)
    if environment not in environments:
        raise UsageError(
            f"there is no environment `{environment}`", hint=f"environments: {', '.join(environments) or 'none'}"
        )
    return environment


def write_dotenv(root: Path, files: EnvironmentFiles) -> bool:
    """Write an environment's `.env` from its contract, with new secrets, unless it exists; whether it was written.

    Raises ProjectError when the contract is wrong.
    """
    path, contract = root / files.variables, root / files.contract
    if path.exists() or not contract.exists():
        return False
    text = env_contract.filled(contract.read_bytes(), files.contract, lambda: secrets.token_urlsafe(SECRET_BYTES))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.encode(), mode=0o600)
    return True


def ready(project: Project, environment: str, report: Report = silent) -> None:
    """Write the `.env` if it does not exist; require that every parser reads it alike and that nothing is missing.

    Raises ProjectError with every wrong line, Refused naming every required variable without a value.
    """
    files = project.files(environment)
    path, contract = project.root / files.variables, project.root / files.contract
    if write_dotenv(project.root, files):
        report(Finished(f"write {files.variables}", "with new secrets"))
    if not path.is_file():
        return
    values = dotenv.parse(path.read_bytes(), files.variables)
    if not contract.is_file():
        return
    variables = env_contract.parse(contract.read_bytes(), files.contract)
    if lacking := env_contract.missing(variables, values):
        listed = ", ".join(variable.name for variable in lacking)
        raise Refused(
            f"{files.variables} lacks {listed}",
            hint=f"what they are for: dockdj env list {environment}; write them into that file and start again",
        )
    for name in env_contract.unknown(variables, values):
        report(Warned(f"{files.variables}: {name} is not in the contract {contract.name}"))


def check(project: Project, environment: str) -> Finding:
    """Compare an environment's `.env` with its contract; without a `.env`, the one that `start` would write."""
    subject = project.files(known(project, environment)).variables
    try:
        variables, values = _contract_and_values(project, environment)
    except ProjectError as error:
        return Finding(subject, mistakes=mistakes_in(error))
    return Finding(
        subject,
        missing=env_contract.missing(variables, values),
        unknown=env_contract.unknown(variables, values),
        contract=variables,
    )


def settings(project: Project, environment: str) -> tuple[Setting, ...]:
    """An environment's contract with the values on this machine. Raises ProjectError for a wrong file."""
    variables, values = _contract_and_values(project, known(project, environment))
    return tuple(Setting(variable, values.get(variable.name, "")) for variable in variables)


def _contract_and_values(project: Project, environment: str) -> tuple[tuple[Variable, ...], Mapping[str, str]]:
    """An environment's contract and values. Raises ProjectError with the wrong lines of both files."""
    files = project.files(environment)
    contract, path = project.root / files.contract, project.root / files.variables
    if not contract.is_file():
        raise ProjectError(f"there is no contract:\n  {files.contract} is missing", hint=f"write {files.contract}")
    content = contract.read_bytes()
    variables, mistakes = env_contract.read(content)
    wrong = [f"{files.contract}:{mistake.line}: {mistake.reason}" for mistake in mistakes]
    values: Mapping[str, str] = {}
    if path.is_file():
        values, mistakes = dotenv.read(path.read_bytes())
        wrong += [f"{files.variables}:{mistake.line}: {mistake.reason}" for mistake in mistakes]
    elif not wrong:
        values = dotenv.parse(env_contract.filled(content, files.contract, lambda: "x").encode(), files.contract)
    if wrong:
        lines = "".join(f"\n  {line}" for line in wrong)
        raise ProjectError(
            f"the files of environment `{environment}` are wrong:{lines}", hint="correct them and run the command again"
        )
    return variables, values
