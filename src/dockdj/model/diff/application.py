"""The differences of the application itself between two releases: migrations, variables, direct packages."""

import re
from dataclasses import dataclass

from dockdj.model.diff.direction import Change, direction
from dockdj.model.diff.migrations import MigrationChange, graph_changes
from dockdj.model.release.contents import KINDS
from dockdj.model.release.migrations import MigrationGraph, label_of
from dockdj.model.release.record import Record

_NUMBER = re.compile(r"\d+", re.ASCII)


@dataclass(frozen=True)
class LeafChange:
    """A Django application whose last migration differs."""

    app: str
    before: str | None
    after: str | None
    change: Change


@dataclass(frozen=True)
class VariableChange:
    """A variable of the contract that is new, gone or of another kind; `before` and `after` are its kinds.

    `about` is its purpose according to the contract; empty where the commit is not in this clone.
    """

    name: str
    before: str | None
    after: str | None
    change: Change
    about: str = ""


def leaf_changes(before: Record, after: Record) -> tuple[LeafChange, ...]:
    """The applications whose last migration differs.

    Where both records have Django's word, those of installed packages count, and the direction is by the migrations
    that the other side does not know; else it is by the migration's number.
    """
    one, two = before.app.django, after.app.django
    if one and two:
        return _graph_leaves(one, two)
    old, new = before.app.migrations, after.app.migrations
    return tuple(
        LeafChange(app, old.get(app), new.get(app), _leaf_direction(old.get(app), new.get(app)))
        for app in sorted({*old, *new})
        if old.get(app) != new.get(app)
    )


def _graph_leaves(before: MigrationGraph, after: MigrationGraph) -> tuple[LeafChange, ...]:
    ahead, behind = (set(map(label_of, names)) for names in (before.beyond(after), after.beyond(before)))
    changes = []
    for app in sorted({*before.leaves, *after.leaves}):
        old, new = (max(graph.leaves[app]) if app in graph.leaves else None for graph in (before, after))
        if old != new or app in {*ahead, *behind}:
            change = direction("unknown", old, new)
            if change == "other" and (app in ahead) != (app in behind):
                change = "down" if app in ahead else "up"
            changes.append(LeafChange(app, old, new, change))
    return tuple(changes)


def irreversible(before: Record, after: Record) -> tuple[str, ...]:
    """`app.name` of migrations between the two that cannot be undone, as far as the later record knows them.

    An older record lists the migrations since its own predecessor. Commits alone tell those between that and the other
    record.
    """
    one, two = before.app.django, after.app.django
    if one and two:
        changes = graph_changes(one, two)
        return tuple(f"{change.app}.{change.name}" for change in changes if change.reversible is False)
    if before.version == after.version:
        return ()
    earlier, later = sorted((before, after), key=lambda record: record.version)
    return tuple(sorted({*later.app.irreversible} - {*earlier.app.irreversible}))


def staying(before: Record, after: Record) -> tuple[MigrationChange, ...] | None:
    """The migrations that stay applied although the later record does not know them; None if a record lacks them."""
    one, two = before.app.django, after.app.django
    if one is None or two is None:
        return None
    return tuple(change for change in graph_changes(one, two) if change.change == "remove")


def variable_changes(before: Record, after: Record) -> tuple[VariableChange, ...]:
    """The variables of the contract that differ."""
    old, new = _kinds(before), _kinds(after)
    return tuple(
        VariableChange(name, old.get(name), new.get(name), direction("unknown", old.get(name), new.get(name)))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def direct(before: Record, after: Record) -> dict[str, frozenset[str]]:
    """Kind -> names of the packages that the project itself asks for on either side."""
    sides = (before.app.direct, after.app.direct)
    return {kind: frozenset(name for side in sides for name in getattr(side, kind)) for kind in KINDS}


def _kinds(record: Record) -> dict[str, str]:
    return {variable.name: "required" if variable.required else "optional" for variable in record.app.variables}


def _leaf_direction(before: str | None, after: str | None) -> Change:
    if before is None or after is None:
        return direction("unknown", before, after)
    one, other = _NUMBER.match(before), _NUMBER.match(after)
    if not (one and other) or int(one[0]) == int(other[0]):
        return "other"
    return "up" if int(one[0]) < int(other[0]) else "down"
