"""The variables of a release under test: from its own contract, never from a person's `.env`."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from dockdj.errors import Refused
from dockdj.model.project import dotenv, env_contract
from dockdj.model.project.env_contract import SECRET_BYTES
from dockdj.model.project.recipe import PRODUCTION_CONTRACT, SMOKE_VARIABLES


def values(folder: Path) -> str:
    """The text of a `.env` for the checkout in `folder`: production's contract filled in with new secrets.

    `docker/smoke.env` changes and adds values. A required secret without an example gets a random text. Raises
    ProjectError for a wrong file, Refused naming every other required variable that has no value.
    """
    own_file, example = folder / SMOKE_VARIABLES, folder / PRODUCTION_CONTRACT
    own = dotenv.parse(own_file.read_bytes(), SMOKE_VARIABLES) if own_file.is_file() else {}
    if not example.is_file():
        return _text(own)
    content = example.read_bytes()
    variables = env_contract.parse(content, PRODUCTION_CONTRACT)
    text = env_contract.filled(content, PRODUCTION_CONTRACT, _secret)
    given = {**dotenv.parse(text.encode(), PRODUCTION_CONTRACT), **own}
    lacking = env_contract.missing(variables, given)
    if unknown := [one for one in lacking if not one.secret]:
        lines = "".join(f"\n  {one.name}: {one.about}" for one in unknown)
        raise Refused(
            f"the assembled release cannot be tested: {PRODUCTION_CONTRACT} gives no value to what it requires:{lines}",
            hint=f"write a value there, or one for the smoke suite alone in {SMOKE_VARIABLES}, and commit it",
        )
    return _text(given | {one.name: _secret() for one in lacking})


def _text(values: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)
