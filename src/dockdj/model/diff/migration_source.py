"""The verdict on a migration by its source alone: for records without a verdict of Django's own loader.

Source tells little: operations may be inherited, conditional or made in a loop. Everything that is not a plain list in
the body of the class is unknown.
"""

import ast
import warnings
from collections.abc import Iterator

from dockdj.model.release.migrations import LOSSY, TAKES_AWAY, Verdict

CLASS = "Migration"
# The operation that contains others.
CONTAINER = "SeparateDatabaseAndState"
# Operation -> the argument without which it cannot be undone, and its place; Django, "Migration Operations".
NEEDS = {"RunPython": ("reverse_code", 1), "RunSQL": ("reverse_sql", 1)}
# Operations whose source does not tell what they do to stored values.
ALTERS = {"AlterField", "AlterOrderWithRespectTo"}
# Operations that Django can undo. An operation that contains others is judged by the others.
UNDOABLE = {
    *TAKES_AWAY,
    *("CreateModel", "AddField", "AlterField", "AlterModelTable", "AlterModelTableComment", "AlterModelOptions"),
    *("AlterModelManagers", "AlterOrderWithRespectTo", "AlterUniqueTogether", "AlterIndexTogether"),
    *("AddIndex", "RemoveIndex", "RenameIndex", "AddConstraint", "RemoveConstraint", "AlterConstraint"),
    *("AddIndexConcurrently", "RemoveIndexConcurrently", "AddConstraintNotValid", "ValidateConstraint"),
    *("CreateExtension", "CreateCollation", "RemoveCollation", "BloomExtension", "BtreeGinExtension"),
    *("BtreeGistExtension", "CITextExtension", "CryptoExtension", "HStoreExtension", "TrigramExtension"),
    *("UnaccentExtension", CONTAINER),
}
# A class with one of these decides itself how it is applied and undone.
_OVERRIDES = {"__init__", "__new__", "apply", "unapply"}
# Calls that may change a class without naming it.
_REFLECTION = {"eval", "exec", "globals", "locals", "vars"}
# Values that are never None.
_VALUES = (ast.Lambda, ast.List, ast.Tuple, ast.JoinedStr, ast.BinOp, ast.Attribute)


def judged(text: str | None) -> tuple[bool | None, tuple[str, ...]]:
    """The reversibility of a migration, and its operations that take something away, by its source."""
    reversible, names = _examined(text)
    return reversible, tuple(sorted({name for name in names if name in TAKES_AWAY}))


def verdict_by(text: str | None) -> Verdict:
    """The verdict on a migration by its source."""
    reversible, names = _examined(text)
    if not reversible:
        return "unknown" if reversible is None else "irreversible"
    return "unknown" if names & ALTERS else "lossy" if names & {*LOSSY} else "reversible"


def _examined(text: str | None) -> tuple[bool | None, set[str]]:
    """The reversibility of a migration, and the names of its operations."""
    try:
        module = Module(text or "")
    except ValueError:
        return None, set()
    operations = module.operations()
    if operations is None:
        return None, set()
    nodes = list(_flat(operations))
    verdicts = [module.undoable(node) for node in nodes]
    return (False if False in verdicts else None if None in verdicts else True), set(map(called, nodes))


class Module:
    """The syntax of a migration's module, and what its names stand for.

    `foreign` are the names that may stand for something else than Django's: imported, defined or assigned here.
    `values` are name -> what is assigned to it, None for what its assignment does not tell.
    """

    def __init__(self, text: str) -> None:
        """Raises ValueError for text that Python cannot compile, whatever the reason."""
        self.tree = parsed(text)
        self.foreign: set[str] = set()
        self.values: dict[str, list[ast.expr | None]] = {}
        self.star = False
        simple: set[ast.expr] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                simple.add(node.targets[0])
                self._bind(node.targets[0].id, node.value)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in simple:
                self._bind(node.id, None)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name != CLASS:
                self._bind(node.name, ast.Constant(value=True))
            elif isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node)

    def operations(self) -> ast.List | ast.Tuple | None:
        """The operations of the class Migration; an empty list if it has none, None if the source does not tell."""
        classes = [node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef) and node.name == CLASS]
        if len(classes) != 1 or classes[0] not in self.tree.body or not self._is_plain(classes[0]):
            return None
        assigned = [line for line in classes[0].body if "operations" in targets(line)]
        if not assigned:
            return ast.List(elts=[])
        line = assigned[0]
        if len(assigned) > 1 or not isinstance(line, ast.Assign | ast.AnnAssign) or len(targets(line)) > 1:
            return None
        return line.value if isinstance(line.value, ast.List | ast.Tuple) else None

    def undoable(self, node: ast.expr) -> bool | None:
        """Tell if Django can undo an operation; None if the source does not tell."""
        name = called(node)
        if not isinstance(node, ast.Call) or not self._is_djangos(node.func):
            return None
        if name in NEEDS:
            return None if _unpacks(node) else self._is_given(argument(node, *NEEDS[name]))
        if name == CONTAINER and _unpacks(node):
            return None
        return True if name in UNDOABLE else None

    def _is_plain(self, migration: ast.ClassDef) -> bool:
        """True for Django's class with attributes and methods alone, whose operations nothing else touches."""
        if migration.keywords or migration.decorator_list:
            return False
        if not all(name_of(base) == CLASS and self._is_djangos(base) for base in migration.bases):
            return False
        inside = set(ast.walk(migration))
        for node in ast.walk(self.tree):
            # The module may change the class after its body.
            if isinstance(node, ast.Name) and (node.id in _REFLECTION or (node.id == CLASS and node not in inside)):
                return False
        return all(map(_is_attribute, migration.body))

    def _is_djangos(self, node: ast.expr) -> bool:
        """True for a name from Django, or one that the module does not explain."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or root.id in self.foreign:
            return False
        return not (self.star and isinstance(node, ast.Name))

    def _is_given(self, value: ast.expr | None) -> bool | None:
        """True if an argument is given and not None; None if the source does not tell."""
        if value is None:
            return False
        if not isinstance(value, ast.Name):
            return _is_something(value)
        values = self.values.get(value.id)
        if values is None:
            return True
        return _is_something(values[0]) if len(values) == 1 else None

    def _bind(self, name: str, value: ast.expr | None) -> None:
        self.foreign.add(name)
        self.values.setdefault(name, []).append(value)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.ImportFrom):
            names = {alias.asname or alias.name: "." if node.level else str(node.module) for alias in node.names}
        else:
            names = {alias.asname or alias.name.partition(".")[0]: alias.name for alias in node.names}
        foreign = {name for name, module in names.items() if module.partition(".")[0] != "django"}
        self.star |= "*" in foreign
        self.foreign |= foreign


def parsed(text: str) -> ast.Module:
    """The syntax of a module. Raises ValueError for text that Python cannot compile, whatever the reason."""
    try:
        with warnings.catch_warnings():
            # Others wrote the text; its warnings are theirs.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError("not Python") from error


def targets(line: ast.stmt) -> list[str]:
    """The names that a statement assigns to."""
    if not isinstance(line, ast.Assign | ast.AnnAssign):
        return []
    places = line.targets if isinstance(line, ast.Assign) else [line.target]
    return [place.id for place in places if isinstance(place, ast.Name)]


def called(node: ast.expr) -> str:
    """The last name of what a node calls; empty if it calls nothing that has a name."""
    return name_of(node.func) if isinstance(node, ast.Call) else ""


def name_of(node: ast.expr) -> str:
    """The last name of a dotted name; empty for another expression."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def argument(node: ast.Call, name: str, place: int) -> ast.expr | None:
    """The argument of this name, or at this place; None if it is not given."""
    named = next((keyword.value for keyword in node.keywords if keyword.arg == name), None)
    return named if named is not None else node.args[place] if len(node.args) > place else None


def _flat(operations: ast.List | ast.Tuple) -> Iterator[ast.expr]:
    """Each operation, and the database operations that an operation contains."""
    for node in operations.elts:
        yield node
        if isinstance(node, ast.Call) and called(node) == CONTAINER:
            inner = argument(node, "database_operations", 0)
            if isinstance(inner, ast.List | ast.Tuple):
                yield from _flat(inner)
            elif inner is not None:
                yield inner


def _unpacks(call: ast.Call) -> bool:
    """True for a call with *arguments or **arguments."""
    return any(keyword.arg is None for keyword in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args)


def _is_attribute(line: ast.stmt) -> bool:
    """True for a statement of a class body that gives one attribute and changes no other."""
    names = [node.id for node in ast.walk(line) if isinstance(node, ast.Name)]
    if names.count("operations") > ("operations" in targets(line)):
        return False
    if isinstance(line, ast.FunctionDef):
        return line.name not in {*_OVERRIDES, "operations"}
    if isinstance(line, ast.Assign | ast.AnnAssign):
        places = line.targets if isinstance(line, ast.Assign) else [line.target]
        return all(isinstance(place, ast.Name) and place.id not in _OVERRIDES for place in places)
    return isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))


def _is_something(value: ast.expr | None) -> bool | None:
    """True for a value that is not None; None if the source does not tell."""
    if isinstance(value, ast.Constant):
        return value.value is not None
    return True if isinstance(value, _VALUES) else None
