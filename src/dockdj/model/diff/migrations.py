"""Migrations that differ between two commits, and whether Django can undo them."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dockdj.model.diff.direction import Change, direction
from dockdj.model.diff.migration_source import CLASS, judged, parsed, targets

__all__ = ["MigrationChange", "differing", "judged", "leaves", "migration_change"]

# Django's loader takes the modules of the package that do not begin with `_` or `~`; a module's name has no dot.
_PATH = re.compile(r"(?:.*/)?(?P<app>[^/]+)/migrations/(?P<name>[^/._~][^/.]*)\.py")


@dataclass(frozen=True)
class MigrationChange:
    """A migration that was added, removed or edited (`other`).

    `reversible` is None if its source does not tell: custom operations, or operations built at run time. `takes_away`
    are its operations that remove or rename what an older application may use.
    """

    app: str
    name: str
    path: str
    change: Change
    reversible: bool | None
    takes_away: tuple[str, ...]


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """The paths of migrations whose content is not the same in two trees (path: anything that names content)."""
    paths = {path for path in (*before, *after) if _PATH.fullmatch(path)}
    return tuple(sorted(path for path in paths if before.get(path) != after.get(path)))


def migration_change(path: str, before: str | None, after: str | None) -> MigrationChange:
    """The change of a migration, by its text on both sides; at least one side has the migration."""
    match = _PATH.fullmatch(path)
    assert match, path
    reversible, takes_away = judged(before if after is None else after)
    return MigrationChange(
        match["app"], match["name"], path, direction("unknown", before, after), reversible, takes_away
    )


def leaves(texts: Mapping[str, str]) -> dict[str, str]:
    """Label of a Django application -> its last migration: no other migration of the application depends on it.

    `texts` are migrations by path. Of several (a merge is missing, or the sources do not tell), the last by name.
    """
    migrations: dict[str, dict[str, set[str]]] = {}
    for path, text in texts.items():
        match = _PATH.fullmatch(path)
        # A module without the class is no migration of Django's. The text of an unreadable module is empty.
        if match and (CLASS in text or not text):
            migrations.setdefault(match["app"], {})[match["name"]] = _needed(text, match["app"])
    return {app: max(set(names) - set().union(*names.values()) or names) for app, names in sorted(migrations.items())}


def _needed(text: str, app: str) -> set[str]:
    """The migrations of the same application that a migration depends on or replaces, by its source."""
    try:
        tree = parsed(text)
    except ValueError:
        return set()
    needed: set[str] = set()
    for line in (line for node in tree.body if isinstance(node, ast.ClassDef) for line in node.body):
        if {"dependencies", "replaces"} & set(targets(line)):
            listed = getattr(getattr(line, "value", None), "elts", ())
            pairs = [pair.elts for pair in listed if isinstance(pair, ast.Tuple)]
            words = [[part.value for part in pair if isinstance(part, ast.Constant)] for pair in pairs]
            needed |= {str(pair[1]) for pair in words if len(pair) == 2 and pair[0] == app}
    return needed
