"""Apply and undo each migration of the corpus with Django's executor, and ask the program for its verdicts.

`python -m tests.adapters.migrations.executor FOLDER` writes a project there, uses SQLite in memory, and prints JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from tests.adapters.migrations.corpus import CASES

FIRST = "0001_initial"
# This one's folder has another name than its label, and this one's migrations are in another package.
LABELLED, ELSEWHERE = "labelled", "elsewhere"


def write_project(root: Path) -> list[str]:
    """Write an application for each case; return INSTALLED_APPS."""
    installed = []
    for label, case in CASES.items():
        package = root / (f"{label}_folder" if label == LABELLED else label)
        migrations = root / "steps" if label == ELSEWHERE else package / "migrations"
        for folder in (package, migrations):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "__init__.py").touch()
        if label == LABELLED:
            config = f"from django.apps import AppConfig\n\n\nclass Own(AppConfig):\n    name = {package.name!r}\n"
            (package / "apps.py").write_text(f"{config}    label = {label!r}\n")
        for name, text in {FIRST: case.initial, **case.modules}.items():
            (migrations / f"{name}.py").write_text(text.replace("LABEL", label))
        installed.append(package.name)
    return installed


def rows(label: str) -> dict[str, list[str]]:
    """The content of an application's tables, whatever the order of their columns."""
    content = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith((f"{label}_", "own_table")):
                cursor.execute(f'SELECT * FROM "{table}"')
                names = [column[0] for column in cursor.description]
                content[table] = sorted(str(sorted(zip(names, row, strict=True))) for row in cursor.fetchall())
    return content


def fill(apps: Any, label: str) -> None:
    """Add rows to every table."""
    owner = apps.get_model(label, "Owner").objects.create()
    values = {"name": "n" * 60, "code": "c", "price": 70000, "amount": "1234.5", "owner": owner}
    item = apps.get_model(label, "Item").objects.create(**values)
    if CASES[label].related:
        tag = apps.get_model(label, "Tag").objects.create()
        item.tags.add(tag)
        for _ in range(2):
            apps.get_model(label, "Link").objects.create(item=item, tag=tag)
        apps.get_model(label, "Own").objects.create(size=4)


class Alone(MigrationLoader):  # type: ignore[misc]
    """A loader that has read one application: the executor renders the models of all that it has."""

    def __init__(self, label: str, whole: MigrationLoader) -> None:
        self.label, self.whole = label, whole
        super().__init__(connection)

    def load_disk(self) -> None:
        """Take the migrations that the loader of all applications has read."""
        self.unmigrated_apps: set[str] = set()
        self.migrated_apps = {self.label}
        self.disk_migrations = {key: each for key, each in self.whole.disk_migrations.items() if key[0] == self.label}


def outcome(whole: MigrationLoader, label: str, leaf: str) -> dict[str, Any]:
    """What Django's executor does to a database: the error of the way back, and if the rows are as before."""

    def migrate(name: str) -> Any:
        # The constructor reads all applications.
        executor = MigrationExecutor.__new__(MigrationExecutor)
        executor.connection, executor.loader = connection, Alone(label, whole)
        executor.recorder, executor.progress_callback = MigrationRecorder(connection), None
        return executor.migrate([(label, name)]).apps

    fill(migrate(FIRST), label)
    before = rows(label)
    migrate(leaf)
    try:
        migrate(FIRST)
        return {"error": "", "same": rows(label) == before}
    except Exception as error:
        return {"error": type(error).__name__, "same": False}
    finally:
        with connection.cursor() as cursor:
            cursor.execute('DROP TABLE IF EXISTS "own_table"')


def main(root: Path) -> None:
    """Print the program's answer, and the outcome of each case."""
    sys.path.insert(0, str(root))
    settings.configure(
        INSTALLED_APPS=write_project(root),
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        MIGRATION_MODULES={ELSEWHERE: "steps"},
    )
    django.setup()
    from dockdj.adapters.migrations import program

    described = program.described()
    whole = MigrationLoader(None, ignore_no_migrations=True)
    outcomes = {label: outcome(whole, label, case.leaf) for label, case in CASES.items()}
    sys.stdout.write(json.dumps({"described": described, "outcomes": outcomes}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
