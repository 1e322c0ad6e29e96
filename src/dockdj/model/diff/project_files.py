"""The variables that differ between two commits of a project: in its contract, and in its targets' plain values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model import toml_document
from dockdj.model.diff.application import VariableChange
from dockdj.model.diff.direction import Change, direction
from dockdj.model.project import env_contract

# Shown instead of a secret variable's value.
SET = "set"
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True)
class TargetValueChange:
    """A value under [targets.X.env] that differs; the value of a secret variable is shown as `set`."""

    target: str
    name: str
    before: str | None
    after: str | None
    change: Change


def contract_changes(before: str | None, after: str | None) -> tuple[VariableChange, ...]:
    """The variables that differ between two texts of an `.env.example`; None is a commit without the file."""
    old, new = _contract(before), _contract(after)
    changes = []
    for name in sorted({*old, *new}):
        one, two = old.get(name, (None, ""))[0], new.get(name, (None, ""))[0]
        if one != two:
            about = (new.get(name) or old[name])[1]
            changes.append(VariableChange(name, one, two, direction("unknown", one, two), about))
    return tuple(changes)


def target_changes(
    before: str | None, after: str | None, contracts: tuple[str | None, str | None]
) -> tuple[TargetValueChange, ...]:
    """The plain values that differ between two texts of a `dockdj.toml`."""
    secret = {name for text in contracts for name, kinds in _kinds(text).items() if "secret" in kinds}
    old, new = _values(before), _values(after)
    changes = []
    for target, name in sorted(set(old) | set(new)):
        one, two = old.get((target, name)), new.get((target, name))
        if one != two:
            shown = [_shown(value, name in secret) for value in (one, two)]
            changes.append(TargetValueChange(target, name, shown[0], shown[1], direction("unknown", one, two)))
    return tuple(changes)


def required_packages(pyproject: str | None) -> frozenset[str]:
    """The Python packages that a `pyproject.toml` asks for itself, by normalised name (PEP 503)."""
    listed = _table(_document(pyproject).get("project")).get("dependencies", [])
    matches = [_REQUIREMENT.match(line) for line in listed if isinstance(line, str)] if isinstance(listed, list) else []
    return frozenset(re.sub(r"[-_.]+", "-", match[1]).lower() for match in matches if match)


def listed_packages(text: str | None) -> frozenset[str]:
    """The names in a list of Debian packages: one per line, without comments."""
    lines = [line.partition("#")[0].split() for line in (text or "").splitlines()]
    return frozenset(re.split(r"[=:/]", words[0])[0] for words in lines if words)


def _kinds(text: str | None) -> dict[str, str]:
    return {name: kinds for name, (kinds, _) in _contract(text).items()}


def _contract(text: str | None) -> dict[str, tuple[str, str]]:
    """Name -> kinds and purpose."""
    variables, _ = env_contract.read((text or "").encode())
    return {variable.name: (variable.kinds, variable.about) for variable in variables}


def _values(text: str | None) -> dict[tuple[str, str], str]:
    targets = _table(_document(text).get("targets"))
    return {
        (str(target), str(name)): str(value)
        for target, table in targets.items()
        for name, value in _table(_table(table).get("env")).items()
    }


def _shown(value: str | None, secret: bool) -> str | None:
    return SET if secret and value is not None else value


def _document(text: str | None) -> Mapping[str, Any]:
    """The document of a file. An older commit's file may be invalid: it then counts as empty."""
    try:
        return toml_document.parse(text or "")
    except ValueError:
        return {}


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
