"""House rules for the product's code: the typed record, short parameter lists, small folders, short file names."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.offence import Offence

PACKAGE = "src/dockdj"
# The project that `new` writes is data: its code follows the rules of the project.
RECIPE = "src/dockdj/recipe/project"
SCHEMA_MODULE = "src/dockdj/model/release/schema.py"
# One file per verb.
VERBS = "src/dockdj/cli/commands"
MOST_PARAMETERS = 6
MOST_FILES = 20

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def offences(root: Path) -> Iterator[Offence]:
    """Every offence of the code below a repository's root."""
    for file in python_files(root):
        path = file.relative_to(root).as_posix()
        tree = ast.parse(file.read_text(encoding="utf-8"), path)
        if path != SCHEMA_MODULE:
            yield from record_lookups(path, tree)
        yield from long_parameter_lists(path, tree)
    yield from crowded_folders(root)
    yield from repeated_prefixes(root)


def python_files(root: Path) -> list[Path]:
    """The product's Python files, without the recipe's project."""
    return [file for file in sorted((root / PACKAGE).rglob("*.py")) if not file.is_relative_to(root / RECIPE)]


def record_lookups(path: str, tree: ast.Module) -> Iterator[Offence]:
    """Places that reach into a document by key: only the schema module knows the record's keys."""
    for node in ast.walk(tree):
        looked_up = node.value if isinstance(node, ast.Subscript) else _receiver_of_get(node)
        if isinstance(looked_up, ast.Attribute) and looked_up.attr == "document":
            yield Offence(path, looked_up.lineno, f"looks up a key of `.document`; {SCHEMA_MODULE} alone may")


def _receiver_of_get(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return node.func.value
    return None


def long_parameter_lists(path: str, tree: ast.Module) -> Iterator[Offence]:
    """Functions with more parameters than MOST_PARAMETERS; a click command has those of its command line."""
    methods = {
        statement
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for node in ast.walk(tree):
        if not isinstance(node, Function) or _is_command(node):
            continue
        bound = node in methods and "staticmethod" not in _decorators(node)
        count = _count(node.args) - bound
        if count > MOST_PARAMETERS:
            name = getattr(node, "name", "lambda")
            yield Offence(path, node.lineno, f"`{name}` has {count} parameters, more than {MOST_PARAMETERS}")


def _count(arguments: ast.arguments) -> int:
    named = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
    return len(named) + sum(rest is not None for rest in (arguments.vararg, arguments.kwarg))


def _is_command(function: Function) -> bool:
    return any(name.rpartition(".")[2] in ("command", "group") for name in _decorators(function))


def _decorators(function: Function) -> list[str]:
    """The dotted names of a function's decorators, without their arguments."""
    decorators = [] if isinstance(function, ast.Lambda) else function.decorator_list
    return [ast.unparse(each.func if isinstance(each, ast.Call) else each) for each in decorators]


def crowded_folders(root: Path) -> Iterator[Offence]:
    """Folders with more Python files than MOST_FILES."""
    for folder in _folders(root):
        count = len(list(folder.glob("*.py")))
        path = folder.relative_to(root).as_posix()
        if count > MOST_FILES and path != VERBS:
            yield Offence(path, 0, f"holds {count} Python files, more than {MOST_FILES}")


def repeated_prefixes(root: Path) -> Iterator[Offence]:
    """Files whose name begins with the word of their folder, in the singular or the plural."""
    for folder in _folders(root):
        word = folder.name.removesuffix("s")
        for file in sorted(folder.glob("*.py")):
            if file.name.startswith((f"{word}_", f"{word}s_")):
                yield Offence(file.relative_to(root).as_posix(), 0, f"repeats its folder's word `{folder.name}`")


def _folders(root: Path) -> list[Path]:
    return sorted({file.parent for file in python_files(root)})
