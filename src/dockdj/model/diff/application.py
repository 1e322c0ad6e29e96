"""What two records say of the application itself: its migrations, its variables, what it asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model.diff.direction import Change, direction
from dockdj.model.release.record import Release

REQUIRED = "!"
_NUMBER = re.compile(r"\d+", re.ASCII)


@dataclass(frozen=True)
class LeafChange:
    """An application's last migration that is another one; up and down are by its number."""

    app: str
    before: str | None
    after: str | None
    change: Change


@dataclass(frozen=True)
class VariableChange:
    """A variable of the contract that is new, gone or of another kind; `before` and `after` are its kinds.

    `about` is what the contract says it is for; empty where no commit is there to say it.
    """

    name: str
    before: str | None
    after: str | None
    change: Change
    about: str = ""


def leaf_changes(before: Release, after: Release) -> tuple[LeafChange, ...]:
    """The last migrations of each application, where both records name them."""
    old, new = (release.document["app"].get("migrations") for release in (before, after))
    if old is None or new is None:
        return ()
    return tuple(
        LeafChange(app, old.get(app), new.get(app), _leaf_direction(old.get(app), new.get(app)))
        for app in sorted({*old, *new})
        if old.get(app) != new.get(app)
    )


def irreversible(before: Release, after: Release) -> tuple[str, ...]:
    """`app.name` of migrations between the two that cannot be undone, as far as the later record knows them.

    It lists those since its own predecessor: what came between that and the other record, commits alone say.
    """
    if before.version == after.version:
        return ()
    earlier, later = sorted((before, after), key=lambda release: release.version)
    known, listed = (set(release.document["app"].get("irreversible", ())) for release in (earlier, later))
    return tuple(sorted(listed - known))


def variable_changes(before: Release, after: Release) -> tuple[VariableChange, ...]:
    """The variables of the contract, where both records name them."""
    old, new = _variables(before.document["app"]), _variables(after.document["app"])
    if old is None or new is None:
        return ()
    return tuple(
        VariableChange(name, old.get(name), new.get(name), direction("unknown", old.get(name), new.get(name)))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def direct(before: Release, after: Release) -> dict[str, frozenset[str]] | None:
    """Kind -> names that the project itself asks for on either side; None where neither record says."""
    said = [named for release in (before, after) if (named := release.document["app"].get("direct")) is not None]
    if not said:
        return None
    return {kind: frozenset(name for named in said for name in named.get(kind, ())) for kind in ("os", "python", "npm")}


def _variables(app: Mapping[str, Any]) -> dict[str, str] | None:
    listed = app.get("variables")
    if listed is None:
        return None
    return {name.removesuffix(REQUIRED): "required" if name.endswith(REQUIRED) else "optional" for name in listed}


def _leaf_direction(before: str | None, after: str | None) -> Change:
    if before is None or after is None:
        return direction("unknown", before, after)
    one, other = _NUMBER.match(before), _NUMBER.match(after)
    if not (one and other) or int(one[0]) == int(other[0]):
        return "other"
    return "up" if int(one[0]) < int(other[0]) else "down"
