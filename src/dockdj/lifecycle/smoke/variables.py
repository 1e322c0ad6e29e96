"""The variables of a release under test: from the commit's contract, never from a person's `.env`."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from dockdj.errors import Refused
from dockdj.model.project import dotenv, env_contract
from dockdj.model.project.env_contract import SECRET_BYTES
from dockdj.model.project.project import Project


def values(project: Project, folder: Path) -> str:
    """The text of a `.env` for the checkout in `folder`: production's contract, completed with new secrets.

    The file of [smoke] overrides and adds values. A required secret without an example gets a random text. Raises
    ProjectError for a wrong file, and Refused with every other required variable that has no value.
    """
    own_name, contract = project.smoke.variables, project.production.contract
    own_file, example = folder / own_name, folder / contract
    own = dotenv.parse(own_file.read_bytes(), own_name) if own_file.is_file() else {}
    if not example.is_file():
        return _text(own)
    content = example.read_bytes()
    variables = env_contract.parse(content, contract)
    text = env_contract.filled(content, contract, _secret)
    assigned = {**dotenv.parse(text.encode(), contract), **own}
    missing = env_contract.missing(variables, assigned)
    if unknown := [variable for variable in missing if not variable.secret]:
        lines = "".join(f"\n  {variable.name}: {variable.about}" for variable in unknown)
        raise Refused(
            f"the assembled release cannot be tested: {contract} has no value for what it requires:{lines}",
            hint=f"write a value there, or in {own_name} for the smoke suite alone, and commit it",
        )
    return _text(assigned | {variable.name: _secret() for variable in missing})


def _text(values: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)
