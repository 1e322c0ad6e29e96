"""The texts that people read: help pages, the text literals and docstrings of the code, and documentation."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from dockdj.cli.main import cli
from tests.house.code import python_files
from tests.house.offence import Offence
from tests.house.phrases import OPENING, banned, vague_opening

PAGES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "testbed/*.md", "demo/*.md", "src/dockdj/recipe/**/*.md*")
CHANGELOG = "CHANGELOG.md"
UNRELEASED = "## [Unreleased]"
# A help page's lines are not broken, so that a phrase stays on one.
WIDTH = 100_000
# What an f-string fills in.
FILLED = "…"


@dataclass(frozen=True)
class Text:
    """A text and its place; `line` 0 means a text that is in no file."""

    path: str
    line: int
    text: str


def offences(root: Path) -> Iterator[Offence]:
    """Every banned phrase in the texts of a repository."""
    described = list(docstrings(root))
    for text in [*help_pages(cli), *literals(root), *described, *documentation(root)]:
        for lines, reason in banned(text.text):
            yield Offence(text.path, text.line and text.line + lines, reason)
    for text in described:
        if word := vague_opening(text.text):
            yield Offence(text.path, text.line, f"docstring begins with `{word}`: {OPENING}")


def help_pages(command: click.Command, words: str = "dockdj") -> Iterator[Text]:
    """The help page of a command and of all commands below it."""
    context = click.Context(command, info_name=words, max_content_width=WIDTH, terminal_width=WIDTH)
    yield Text(f"`{words} --help`", 0, command.get_help(context))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from help_pages(child, f"{words} {name}")


def literals(root: Path) -> Iterator[Text]:
    """The text literals of the code: messages, hints, warnings, output. Docstrings are not among them."""
    for file in python_files(root):
        path = file.relative_to(root).as_posix()
        yield from literals_of(path, ast.parse(file.read_text(encoding="utf-8"), path))


def literals_of(path: str, node: ast.AST) -> Iterator[Text]:
    """The text literals below a node of a syntax tree, an f-string as one text."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield Text(path, child.lineno, child.value)
        elif isinstance(child, ast.JoinedStr):
            pieces = [str(piece.value) if isinstance(piece, ast.Constant) else FILLED for piece in child.values]
            yield Text(path, child.lineno, "".join(pieces))
            for piece in child.values:
                if isinstance(piece, ast.FormattedValue):
                    yield from literals_of(path, piece)
        else:
            yield from literals_of(path, child)


def docstrings(root: Path) -> Iterator[Text]:
    """The docstrings of the code."""
    for file in python_files(root):
        path = file.relative_to(root).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), path)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                statement = node.body[0] if node.body else None
                if isinstance(statement, ast.Expr) and (text := ast.get_docstring(node)):
                    yield Text(path, statement.lineno, text)


def documentation(root: Path) -> Iterator[Text]:
    """The pages of the documentation, and the part of the changelog that no release has."""
    for file in sorted({file for pattern in PAGES for file in root.glob(pattern)}):
        yield Text(file.relative_to(root).as_posix(), 1, file.read_text(encoding="utf-8"))
    yield unreleased((root / CHANGELOG).read_text(encoding="utf-8"))


def unreleased(changelog: str) -> Text:
    """The unreleased part of a changelog."""
    before, heading, after = changelog.partition(UNRELEASED)
    return Text(CHANGELOG, before.count("\n") + 1, heading + after.partition("\n## ")[0])
