"""Read the application's fields of a release record from its commit."""

from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import repository as git
from dockdj.errors import UsageError
from dockdj.lifecycle.history.layout import layout_at
from dockdj.model import json_document
from dockdj.model.diff.migrations import differing, leaves, migration_change
from dockdj.model.diff.project_files import listed_packages, required_packages
from dockdj.model.project import env_contract
from dockdj.model.project.stack_paths import application_print
from dockdj.model.release.application import Application, DirectPackages, RecordedVariable


def print_of(repository: git.Repository, commit: str) -> str | None:
    """The fingerprint of the application in a commit, by its [stack]; None if the commit is not in this clone."""
    entries = git_files.entries(repository, commit)
    return None if entries is None else application_print(entries, layout_at(repository, commit).stack)


def describe(repository: git.Repository, commit: str, parent: str | None) -> tuple[Application, str]:
    """The application in a commit, and its fingerprint. `parent` is the parent release's commit.

    Raises UsageError when the project is not in the commit.
    """
    tree = git.tree(repository, commit)
    entries = git_files.entries(repository, commit)
    if entries is None:
        raise UsageError(f"commit {commit[:12]} is not in this clone", hint="git fetch --tags --unshallow")
    layout = layout_at(repository, commit)
    contract, packages = layout.production.contract, layout.packages
    blobs = {entry.path: entry.id for entry in entries}
    parent_blobs = (git_files.blobs(repository, parent) if parent else None) or {}
    changed_migrations = [path for path in differing(parent_blobs, blobs) if path in blobs]
    migrations = [path for path in differing({}, blobs)]
    sources = {
        path: blobs[path]
        for path in (*migrations, packages.python, packages.os, packages.npm, contract)
        if path in blobs
    }
    content = git_files.texts(repository, sources.values())
    texts = {path: content.get(name, "") for path, name in sources.items()}
    variables, _ = env_contract.read(texts.get(contract, "").encode())
    changes = [migration_change(path, None, texts[path]) for path in changed_migrations]
    app = Application(
        commit=commit,
        tree=tree,
        migrations=leaves({path: texts[path] for path in migrations}),
        irreversible=tuple(sorted(f"{change.app}.{change.name}" for change in changes if change.reversible is False)),
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
    return app, application_print(entries, layout.stack)


def npm_names(text: str) -> set[str]:
    """The direct packages of a `package.json`; empty for an invalid file, which fails in the build."""
    try:
        document = json_document.table(json_document.parse(text or "{}"))
        tables = [json_document.table(document.get(key, {})) for key in ("dependencies", "devDependencies")]
        return {name for table in tables for name in table}
    except ValueError:
        return set()
