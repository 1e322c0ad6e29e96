"""Migrations that differ between two commits, and whether Django can undo them."""

import ast
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from dockdj.model.diff.direction import Change, direction
from dockdj.model.diff.migration_source import CLASS, judged, parsed, targets, verdict_by
from dockdj.model.release.migrations import Migration, MigrationGraph, Verdict

__all__ = ["MigrationChange", "differing", "graph_changes", "judged", "leaves", "migration_change", "told"]

# Django's loader takes the modules of the package that do not begin with `_` or `~`; a module's name has no dot.
_PATH = re.compile(r"(?:.*/)?(?P<app>[^/]+)/migrations/(?P<name>[^/._~][^/.]*)\.py")


@dataclass(frozen=True)
class MigrationChange:
    """A migration that was added, removed or edited (`other`).

    `reversible` is None if that is unknown. `takes_away` are its operations that remove or rename what an older
    application may use. `drops` are the tables and columns that it drops, as far as the record tells. `path` is empty
    if the commits do not have it.
    """

    app: str
    name: str
    path: str
    change: Change
    reversible: bool | None
    takes_away: tuple[str, ...]
    verdict: Verdict = "unknown"
    drops: tuple[str, ...] = ()


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """The paths of migrations whose content is not the same in two trees (path: anything that names content)."""
    paths = {path for path in (*before, *after) if _PATH.fullmatch(path)}
    return tuple(sorted(path for path in paths if before.get(path) != after.get(path)))


def migration_change(path: str, before: str | None, after: str | None) -> MigrationChange:
    """The change of a migration, by its text on both sides; at least one side has the migration."""
    match = _PATH.fullmatch(path)
    assert match, path
    text = before if after is None else after
    reversible, takes_away = judged(text)
    change = direction("unknown", before, after)
    return MigrationChange(match["app"], match["name"], path, change, reversible, takes_away, verdict_by(text))


def graph_changes(
    before: MigrationGraph, after: MigrationGraph, edited: Collection[str] = ()
) -> tuple[MigrationChange, ...]:
    """The migrations that only one of two graphs knows, and those whose file is edited (paths).

    A squash changes nothing where the other graph has the migrations that it replaces.
    """
    changes = [_told(name, before.migrations[name], "remove") for name in before.beyond(after)]
    changes += [_told(name, after.migrations[name], "add") for name in after.beyond(before)]
    changes += [
        _told(name, migration, "other")
        for name, migration in after.migrations.items()
        if name in before.migrations and migration.path in edited
    ]
    return tuple(sorted(changes, key=lambda change: (change.app, change.name)))


def told(change: MigrationChange, graphs: Iterable[MigrationGraph]) -> MigrationChange:
    """The change of a source, with the verdict of the record that knows its file."""
    for graph in graphs:
        for name, migration in graph.migrations.items():
            if migration.path == change.path:
                return _told(name, migration, change.change)
    return change


def _told(name: str, migration: Migration, change: Change) -> MigrationChange:
    app, _, own = name.partition(".")
    return MigrationChange(
        app=app,
        name=own,
        path=migration.path,
        change=change,
        reversible=migration.reversible,
        takes_away=migration.takes_away,
        verdict=migration.verdict,
        drops=migration.drops,
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
