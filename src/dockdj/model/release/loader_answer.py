"""The answer of the program that asks Django's loader in an image. The image may answer anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from posixpath import basename
from typing import Any

from dockdj.errors import ProjectError
from dockdj.model import json_document
from dockdj.model.json_document import items, table, text, texts
from dockdj.model.release.migrations import VERDICTS, Dropped, Migration, MigrationGraph, Operation, label_of

# The longest name of a table, a module or an operation.
LONGEST_NAME = 1000


@dataclass(frozen=True)
class Module:
    """The dotted name of a migration's module. `installed` is true if an installed package has the module."""

    name: str
    installed: bool

    @property
    def file(self) -> str:
        """The module's file, from the folder that Python imports it from."""
        return f"{self.name.replace('.', '/')}.py"

    def path_in(self, paths: Iterable[str]) -> str:
        """The module's file among the paths of a commit, the shortest of several; empty if the commit lacks it."""
        same = [path for path in paths if f"/{path}".endswith(f"/{self.file}")]
        return min(same, key=lambda path: (len(path), path), default="")


@dataclass(frozen=True)
class LoaderAnswer:
    """The migrations of an image, and the module of each, by label.name."""

    graph: MigrationGraph
    modules: Mapping[str, Module]

    def in_commit(self, paths: Iterable[str]) -> MigrationGraph:
        """The graph with the file of each migration that the commit has."""
        named: dict[str, list[str]] = {}
        for path in paths:
            named.setdefault(basename(path), []).append(path)
        migrations = {
            name: replace(migration, path=module.path_in(named.get(basename(module.file), ())))
            for name, migration in self.graph.migrations.items()
            if (module := self.modules[name])
        }
        return replace(self.graph, migrations=migrations)

    def own_leaves(self, graph: MigrationGraph) -> dict[str, str]:
        """Label -> last migration of each application whose migrations the project itself has.

        Those of installed packages are not the project's. Of several leaves (a merge is missing), the last by name.
        """
        own = {
            label_of(name)
            for name, migration in graph.migrations.items()
            if migration.path or not self.modules[name].installed
        }
        return {label: max(names) for label, names in sorted(graph.leaves.items()) if label in own}


def parse(content: bytes | str) -> LoaderAnswer:
    """The program's answer. Raises ProjectError for another text."""
    try:
        document = table(json_document.parse(content))
        migrations = table(document.get("migrations"), "`migrations`")
        fields = {_name(name): table(each, name) for name, each in migrations.items()}
        leaves = {
            _plain(label): _names(names, label) for label, names in table(document.get("leaves"), "`leaves`").items()
        }
        if unknown := {f"{label}.{name}" for label, names in leaves.items() for name in names} - set(fields):
            raise ValueError(f"{min(unknown)} is not among the migrations")
        if "" in leaves or not all(leaves.values()):
            raise ValueError("an application has no last migration")
        return LoaderAnswer(
            MigrationGraph(
                django=_plain(text(document, "django")),
                leaves=leaves,
                migrations={name: _migration(each) for name, each in fields.items()},
            ),
            {name: Module(_plain(text(each, "module")), _truth(each, "installed")) for name, each in fields.items()},
        )
    except ValueError as error:
        raise ProjectError(
            f"the image gave no usable list of its migrations: {error}",
            hint="does something in the application print JSON, or replace Django's loader?",
        ) from error


def _migration(fields: Mapping[str, Any]) -> Migration:
    return Migration(
        path="",
        dependencies=tuple(map(_name, texts(fields.get("dependencies"), "`dependencies`"))),
        replaces=tuple(map(_name, texts(fields.get("replaces"), "`replaces`"))),
        operations=tuple(map(_operation, items(fields.get("operations"), "`operations`"))),
    )


def _operation(value: Any) -> Operation:
    fields = table(value, "an operation")
    verdict = next((each for each in VERDICTS if each == fields.get("verdict")), None)
    if verdict is None:
        raise ValueError("`verdict` is unknown")
    drops = [table(each, "an entry of `drops`") for each in items(fields.get("drops"), "`drops`")]
    places = tuple(
        Dropped(_plain(text(each, "table")), None if each.get("column") is None else _plain(text(each, "column")))
        for each in drops
    )
    return Operation(_plain(text(fields, "name")), verdict, places)


def _names(value: Any, name: str) -> tuple[str, ...]:
    return tuple(sorted(map(_plain, texts(value, name))))


def _name(value: str) -> str:
    """A migration's name: label.name."""
    label, dot, name = _plain(value).partition(".")
    if not (label and dot and name):
        raise ValueError(f"{value[:80]!r} is not the name of a migration")
    return value


def _plain(value: str) -> str:
    """A text that a terminal shows as it is."""
    if len(value) > LONGEST_NAME or not value.isprintable():
        raise ValueError(f"{value[:80]!r} is not a name")
    return value


def _truth(fields: Mapping[str, Any], name: str) -> bool:
    if not isinstance(value := fields.get(name), bool):
        raise ValueError(f"`{name}` is not true or false")
    return value
