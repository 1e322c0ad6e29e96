"""Which migrations differ, and what their text says about taking them back."""

import pytest

from dockdj.model.diff.migrations import differing, judged, leaves, migration_change

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


PLAIN = "operations = [migrations.RunSQL('x', 'y')]"
# Operations that the list in the class does not show: kiwitcms/Kiwi #1774, the tests of Django's GIS.
HIDDEN = {
    "appended": f"{HEAD}    operations = []\n    if True:\n        operations.append(migrations.RunSQL('x'))\n",
    "appended at once": f"{HEAD}    operations = []\n    operations.append(migrations.RunSQL('x'))\n",
    "extended": f"{HEAD}    operations = []\n    operations.extend(migrations.RunSQL(x) for x in 'xy')\n",
    "in a loop": f"{HEAD}    operations = []\n    for x in 'xy':\n        operations += [migrations.RunSQL(x)]\n",
    "in a branch": f"{HEAD}    if True:\n        operations = []\n    else:\n        operations = [m.RunSQL('x')]\n",
    "added": f"{HEAD}    operations = []\n    operations += [migrations.RunPython(fill)]\n",
    "assigned again": f"{HEAD}    operations = []\n    operations = [migrations.RunPython(fill)]\n",
    "under two names": f"{HEAD}    operations = steps = []\n    steps.append(migrations.RunSQL('x'))\n",
    "under another name": f"{HEAD}    operations = []\n    steps = operations\n    steps += [migrations.RunSQL('x')]\n",
    "at an index": f"{HEAD}    operations = [1]\n    operations[0] = migrations.RunSQL('x')\n",
    "tried": f"{HEAD}    try:\n        {PLAIN}\n    finally:\n        pass\n",
    "inherited": "from shop.base import Data\n\nclass Migration(Data):\n    dependencies = []\n",
    "inherited under Django's name": "from shop.base import Migration as M\n\nclass Migration(M):\n    pass\n",
    "of a class of the same name": "from shop import migrations\n\nclass Migration(migrations.Migration):\n    pass\n",
    "class in a branch": f"if True:\n    class Migration(migrations.Migration):\n        {PLAIN}\n",
    "two classes": f"{HEAD}    {PLAIN}\n\nif True:\n    class Migration(migrations.Migration):\n        pass\n",
    "after the class": f"{HEAD}    operations = []\n\nMigration.operations.append(migrations.RunSQL('x'))\n",
    "by reflection": f"{HEAD}    operations = []\n    vars()['operations'].append(migrations.RunSQL('x'))\n",
    "when it is made": f"{HEAD}    operations = []\n    def __init__(self, *a):\n        self.operations = [x]\n",
    "by a property": f"{HEAD}    @property\n    def operations(self):\n        return made()\n",
    "undone by itself": f"{HEAD}    {PLAIN}\n    def unapply(self, *a):\n        raise TypeError\n",
    "decorated": f"@steps\n{HEAD.partition(chr(10))[2].strip()}\n    {PLAIN}\n",
    "with a metaclass": "class Migration(migrations.Migration, metaclass=Made):\n    operations = []\n",
    "of an operation's namesake": "from shop.steps import AddField\n" + migration("AddField('a', 'b', f)"),
    "of a module's namesake": "from shop import steps\n" + migration("steps.AddField('a', 'b', f)"),
    "of a local namesake": "class RunSQL(Base):\n    pass\n\n" + migration("RunSQL('x', 'y')"),
    "of somebody's star": "from shop.steps import *\n" + migration("RunSQL('x', 'y')"),
    "a reverse that is computed": migration("migrations.RunSQL('x', reverse_sql=back())"),
    "a reverse that depends": migration("migrations.RunSQL('x', reverse_sql='y' if POSTGRES else None)"),
    "a reverse that is assigned twice": "BACK = 'y'\nBACK = None\n" + migration("migrations.RunSQL('x', BACK)"),
    "database operations that are unpacked": migration("migrations.SeparateDatabaseAndState(**steps)"),
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_operations_that_the_text_does_not_show_are_unknown(text: str) -> None:
    assert judged(text)[0] is None


@pytest.mark.parametrize(
    ("text", "reversible"),
    [
        ("BACK = None\n" + migration("migrations.RunSQL('x', BACK)"), False),
        ("BACK = 'DROP VIEW v'\n" + migration("migrations.RunSQL('x', BACK)"), True),
        ("def back(apps, editor): ...\n\n" + migration("migrations.RunPython(fill, back)"), True),
        ("from shop.data import back\n" + migration("migrations.RunPython(fill, back)"), True),
        (migration("migrations.RunPython(fill, lambda apps, editor: None)"), True),
        (migration("migrations.RunSQL(['x'], reverse_sql=[])"), True),
        (migration("migrations.RunSQL('x', 'DROP ' + NAME)"), True),
        ("from django.db.migrations import *\n" + migration("RunSQL('x')"), False),
        ("import django.db.migrations as m\nclass Migration(m.Migration):\n    operations = (m.RunSQL('x'),)\n", False),
        (f"{HEAD}    'Why.'\n    atomic = False\n    {PLAIN}\n    def note(self):\n        return operations\n", None),
        (f"{HEAD}    'Why.'\n    atomic = False\n    {PLAIN}\n    def note(self):\n        return 1\n", True),
    ],
)
def test_a_reverse_and_a_plain_class_are_told_from_the_text(text: str, reversible: bool | None) -> None:
    assert judged(text)[0] is reversible


def test_modules_that_the_loader_skips_are_not_migrations() -> None:
    """Django's loader: `name[0] not in "_~"` (django/django #10379); pkgutil skips names with a dot."""
    folder = "app/apps/shop/migrations"
    skipped = ("_helpers", "~0002_old", "__init__", "0002.orig", "sub/0009_x")
    texts = {f"{folder}/{name}.py": HEAD for name in ("0001_initial", "0002_price", *skipped)}
    texts[f"{folder}/0002_price.py"] = f"{HEAD}    dependencies = [('shop', '0001_initial')]\n"
    assert leaves({**texts, "src/migrations/env.py": "run_migrations()\n"}) == {"shop": "0002_price"}
    assert differing({}, texts) == (f"{folder}/0001_initial.py", f"{folder}/0002_price.py")


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
