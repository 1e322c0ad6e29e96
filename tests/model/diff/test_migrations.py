"""Which migrations differ, and what their text says about taking them back."""

import pytest

from dockdj.model.diff.migrations import differing, judged, migration_change

HEAD = "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n    dependencies = []\n"


def migration(*operations: str) -> str:
    return f"{HEAD}    operations = [{', '.join(operations)}]\n"


@pytest.mark.parametrize(
    ("text", "reversible"),
    [
        (migration(), True),
        (HEAD, True),
        (migration("migrations.AddField('book', 'isbn', models.TextField(null=True))"), True),
        (migration("migrations.RunPython(fill)"), False),
        (migration("migrations.RunPython(fill, None)"), False),
        (migration("migrations.RunPython(fill, reverse_code=None)"), False),
        (migration("migrations.RunPython(fill, migrations.RunPython.noop)"), True),
        (migration("migrations.RunPython(code=fill, reverse_code=empty)"), True),
        (migration("migrations.RunPython(*arguments)"), None),
        (migration("migrations.RunPython(fill, **more)"), None),
        (migration("RunSQL('UPDATE book SET total = 0')"), False),
        (migration("RunSQL('CREATE VIEW v AS SELECT 1', 'DROP VIEW v')"), True),
        (migration("migrations.AddField('a', 'b', f)", "migrations.RunSQL('x')"), False),
        (migration("migrations.SeparateDatabaseAndState(database_operations=[migrations.RunSQL('x')])"), False),
        (migration("migrations.SeparateDatabaseAndState([], [migrations.RunSQL('x')])"), True),
        (migration("migrations.SeparateDatabaseAndState(made_elsewhere)"), None),
        (migration("own.Partition('book')"), None),
        (migration("*shared"), None),
        (f"{HEAD}    operations = made()\n", None),
        ("class Migration(:", None),
        ("", None),
    ],
)
def test_a_migration_is_reversible_when_every_operation_is(text: str, reversible: bool | None) -> None:
    assert judged(text)[0] is reversible


def test_operations_that_break_an_older_application_are_named() -> None:
    text = migration("migrations.RemoveField('book', 'isbn')", "migrations.RenameModel('A', 'B')")
    assert judged(text) == (True, ("RemoveField", "RenameModel"))


def test_only_migrations_that_differ_are_compared() -> None:
    old = {"app/a/migrations/__init__.py": "1", "app/a/migrations/0001_x.py": "1", "app/a/migrations/0002_y.py": "1"}
    new = {"app/a/migrations/0001_x.py": "2", "app/a/migrations/0002_y.py": "1", "app/b/migrations/0001_z.py": "1"}
    other = {"app/a/views.py": "1", "migrations/notes.txt": "1"}
    assert differing(old, {**new, **other}) == ("app/a/migrations/0001_x.py", "app/b/migrations/0001_z.py")


@pytest.mark.parametrize(
    ("before", "after", "change"), [(None, HEAD, "add"), (HEAD, None, "remove"), (HEAD, HEAD + "#", "other")]
)
def test_the_label_is_that_of_the_application(before: str | None, after: str | None, change: str) -> None:
    found = migration_change("app/apps/shop/migrations/0001_x.py", before, after)
    assert (found.app, found.name, found.change, found.reversible) == ("shop", "0001_x", change, True)
