"""Migrations that differ between two commits, and whether Django can undo them."""

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dockdj.model.diff.direction import Change, direction

_PATH = re.compile(r"(?:.*/)?(?P<app>[^/]+)/migrations/(?P<name>(?!__init__\.py$)[^/]+)\.py")
# Operation -> the argument without which it cannot be undone, and its place; Django, "Migration Operations".
NEEDS = {"RunPython": ("reverse_code", 1), "RunSQL": ("reverse_sql", 1)}
# Operations that break an application from before them.
TAKES_AWAY = ("DeleteModel", "RemoveField", "RenameField", "RenameModel")
# Operations that Django can undo. An operation that contains others is judged by the others.
UNDOABLE = {
    *TAKES_AWAY,
    *("CreateModel", "AddField", "AlterField", "AlterModelTable", "AlterModelTableComment", "AlterModelOptions"),
    *("AlterModelManagers", "AlterOrderWithRespectTo", "AlterUniqueTogether", "AlterIndexTogether"),
    *("AddIndex", "RemoveIndex", "RenameIndex", "AddConstraint", "RemoveConstraint", "AlterConstraint"),
    *("AddIndexConcurrently", "RemoveIndexConcurrently", "AddConstraintNotValid", "ValidateConstraint"),
    *("CreateExtension", "CreateCollation", "RemoveCollation", "BloomExtension", "BtreeGinExtension"),
    *("BtreeGistExtension", "CITextExtension", "CryptoExtension", "HStoreExtension", "TrigramExtension"),
    *("UnaccentExtension", "SeparateDatabaseAndState"),
}


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


def judged(text: str | None) -> tuple[bool | None, tuple[str, ...]]:
    """The reversibility of a migration, and its operations that take something away, by its source."""
    try:
        tree = _module(text or "")
    except ValueError:
        return None, ()
    listed = _operations(tree)
    if listed is None:
        return None, ()
    verdicts: list[bool | None] = []
    names: list[str] = []
    for node in _flat(listed):
        name = _name(node)
        names.append(name)
        verdicts.append(_undoable(name, node))
    takes_away = tuple(sorted({name for name in names if name in TAKES_AWAY}))
    return (False if False in verdicts else None if None in verdicts else True), takes_away


def _module(text: str) -> ast.Module:
    """The syntax of a module. Raises ValueError for text that Python cannot compile, whatever the reason."""
    try:
        with warnings.catch_warnings():
            # Others wrote the text; its warnings are theirs.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError("not Python") from error


def _operations(tree: ast.Module) -> ast.List | ast.Tuple | None:
    """The operations of the class Migration if they are written as a list; an empty list if it has none."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == "Migration":
            for line in node.body:
                if isinstance(line, ast.Assign | ast.AnnAssign) and "operations" in _targets(line):
                    return line.value if isinstance(line.value, ast.List | ast.Tuple) else None
            return ast.List(elts=[])
    return None


def _targets(line: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = line.targets if isinstance(line, ast.Assign) else [line.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _flat(listed: ast.List | ast.Tuple) -> Iterator[ast.expr]:
    """Each operation, and the database operations that an operation contains."""
    for node in listed.elts:
        yield node
        if isinstance(node, ast.Call) and _name(node) == "SeparateDatabaseAndState":
            held = _argument(node, "database_operations", 0)
            if isinstance(held, ast.List | ast.Tuple):
                yield from _flat(held)
            elif held is not None:
                yield held


def _name(node: ast.expr) -> str:
    called = node.func if isinstance(node, ast.Call) else None
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _undoable(name: str, node: ast.expr) -> bool | None:
    if name in NEEDS and isinstance(node, ast.Call):
        if any(keyword.arg is None for keyword in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
            return None
        given = _argument(node, *NEEDS[name])
        return not (given is None or (isinstance(given, ast.Constant) and given.value is None))
    return True if name in UNDOABLE else None


def _argument(node: ast.Call, name: str, place: int) -> ast.expr | None:
    named = next((keyword.value for keyword in node.keywords if keyword.arg == name), None)
    return named if named is not None else node.args[place] if len(node.args) > place else None


def leaves(texts: Mapping[str, str]) -> dict[str, str]:
    """Label of a Django application -> its last migration: no other migration of the application depends on it.

    `texts` are migrations by path. Of several (a merge is missing, or the sources do not tell), the last by name.
    """
    migrations: dict[str, dict[str, set[str]]] = {}
    for path, text in texts.items():
        if match := _PATH.fullmatch(path):
            migrations.setdefault(match["app"], {})[match["name"]] = _needed(text, match["app"])
    return {app: max(set(names) - set().union(*names.values()) or names) for app, names in sorted(migrations.items())}


def _needed(text: str, app: str) -> set[str]:
    """The migrations of the same application that a migration depends on or replaces, by its source."""
    try:
        tree = _module(text)
    except ValueError:
        return set()
    needed: set[str] = set()
    for line in (line for node in tree.body if isinstance(node, ast.ClassDef) for line in node.body):
        if isinstance(line, ast.Assign | ast.AnnAssign) and {"dependencies", "replaces"} & set(_targets(line)):
            pairs = [pair.elts for pair in getattr(line.value, "elts", ()) if isinstance(pair, ast.Tuple)]
            words = [[part.value for part in pair if isinstance(part, ast.Constant)] for pair in pairs]
            needed |= {str(pair[1]) for pair in words if len(pair) == 2 and pair[0] == app}
    return needed
