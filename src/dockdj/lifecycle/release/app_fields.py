"""Read the application's fields of a release record from its commit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import repository as git
from dockdj.errors import UsageError
from dockdj.lifecycle.history.layout import layout_at
from dockdj.lifecycle.release.migrations import NoAnswer
from dockdj.model import json_document
from dockdj.model.diff.migrations import differing, leaves, migration_change
from dockdj.model.diff.project_files import listed_packages, required_packages
from dockdj.model.project import env_contract
from dockdj.model.project.stack_paths import application_print
from dockdj.model.release.application import Application, DirectPackages, RecordedVariable
from dockdj.model.release.loader_answer import LoaderAnswer
from dockdj.model.release.migrations import MigrationGraph


@dataclass(frozen=True)
class Predecessor:
    """The parent release of a new one: its commit, and its migrations if its record has them."""

    commit: str
    django: MigrationGraph | None


def print_of(repository: git.Repository, commit: str) -> str | None:
    """The fingerprint of the application in a commit, by its [stack]; None if the commit is not in this clone."""
    entries = git_files.entries(repository, commit)
    return None if entries is None else application_print(entries, layout_at(repository, commit).stack)


def describe(
    repository: git.Repository, commit: str, parent: Predecessor | None, loaded: LoaderAnswer | NoAnswer
) -> tuple[Application, str]:
    """The application in a commit, and its fingerprint; `loaded` is what Django said of it in its image.

    Raises UsageError when the project is not in the commit.
    """
    tree = git.tree(repository, commit)
    entries = git_files.entries(repository, commit)
    if entries is None:
        raise UsageError(f"commit {commit[:12]} is not in this clone", hint="git fetch --tags --unshallow")
    layout = layout_at(repository, commit)
    contract, packages = layout.production.contract, layout.packages
    blobs = {entry.path: entry.id for entry in entries}
    parent_blobs = (git_files.blobs(repository, parent.commit) if parent else None) or {}
    sources = {
        path: blobs[path]
        for path in (*differing({}, blobs), packages.python, packages.os, packages.npm, contract)
        if path in blobs
    }
    content = git_files.texts(repository, sources.values())
    texts = {path: content.get(name, "") for path, name in sources.items()}
    variables, _ = env_contract.read(texts.get(contract, "").encode())
    changed = tuple(path for path in differing(parent_blobs, blobs) if path in blobs)
    app = Application(
        commit=commit,
        tree=tree,
        migrations=leaves({path: texts[path] for path in differing({}, blobs)}),
        irreversible=_irreversible(texts, changed),
        variables=tuple(
            RecordedVariable(variable.name, variable.required)
            for variable in sorted(variables, key=lambda variable: variable.name)
        ),
        direct=DirectPackages(
            npm=tuple(sorted(npm_names(texts.get(packages.npm, "")))),
            os=tuple(sorted(listed_packages(texts.get(packages.os)))),
            python=tuple(sorted(required_packages(texts.get(packages.python)))),
        ),
    )
    if isinstance(loaded, LoaderAnswer):
        graph = loaded.in_commit(blobs)
        edited = frozenset(path for path, name in parent_blobs.items() if blobs.get(path) != name)
        app = replace(
            app,
            migrations=loaded.own_leaves(graph),
            irreversible=new_irreversible(graph, parent, frozenset(parent_blobs), edited),
            django=graph,
        )
    return app, application_print(entries, layout.stack)


def _irreversible(texts: Mapping[str, str], changed: tuple[str, ...]) -> tuple[str, ...]:
    """The changed migrations whose sources say that they cannot be undone."""
    changes = [migration_change(path, None, texts[path]) for path in changed]
    return tuple(sorted(f"{change.app}.{change.name}" for change in changes if change.reversible is False))


def new_irreversible(
    graph: MigrationGraph, parent: Predecessor | None, files: frozenset[str], edited: frozenset[str]
) -> tuple[str, ...]:
    """The migrations that cannot be undone and that the parent release lacks, or has in another form.

    `files` are those of the parent's commit, `edited` those that differ. An older record does not tell which migrations
    of installed packages the parent has, so none of them counts as new.
    """
    if parent is None:
        new = frozenset(graph.migrations)
    elif parent.django:
        new = frozenset(graph.beyond(parent.django))
    else:
        new = frozenset(name for name, each in graph.migrations.items() if each.path and each.path not in files)
    return tuple(
        sorted(
            name
            for name, migration in graph.migrations.items()
            if migration.verdict == "irreversible" and (name in new or migration.path in edited)
        )
    )


def npm_names(text: str) -> set[str]:
    """The direct packages of a `package.json`; empty for an invalid file, which fails in the build."""
    try:
        document = json_document.table(json_document.parse(text or "{}"))
        tables = [json_document.table(document.get(key, {})) for key in ("dependencies", "devDependencies")]
        return {name for table in tables for name in table}
    except ValueError:
        return set()
