"""Migrations as projects write them, each in an application, and the verdict that Django's executor must confirm.

Each application begins with the same models and rows. Its further modules are what is judged: the application's verdict
is the one on its last migration.
"""

from dataclasses import dataclass

HEAD = "from django.db import connection, migrations, models\n\n"
OWNER = """
        migrations.CreateModel("Owner", [("id", models.AutoField(primary_key=True))]),"""
ITEM = """
        migrations.CreateModel("Item", [
            ("id", models.AutoField(primary_key=True)),
            ("name", models.CharField(max_length=100)),
            ("code", models.CharField(max_length=9, null=True)),
            ("price", models.IntegerField(default=0)),
            ("amount", models.DecimalField(max_digits=6, decimal_places=2, default=0)),
            ("owner", models.ForeignKey("Owner", models.CASCADE)),MORE
        ]),"""
MORE = """
            ("tags", models.ManyToManyField("Tag")),
            ("double", models.GeneratedField(
                expression=models.F("price") + models.F("price"), output_field=models.IntegerField(), db_persist=True,
            )),"""
TAG = """
        migrations.CreateModel("Tag", [("id", models.AutoField(primary_key=True))]),"""
OTHERS = """
        migrations.CreateModel("Link", [
            ("id", models.AutoField(primary_key=True)),
            ("item", models.ForeignKey("Item", models.CASCADE)),
            ("tag", models.ForeignKey("Tag", models.CASCADE, null=True)),
        ], options={"order_with_respect_to": "item"}),
        migrations.AddField("item", "linked", models.ManyToManyField("Tag", through="Link", related_name="+")),
        migrations.CreateModel("Seen", [("id", models.AutoField(primary_key=True))], options={"managed": False}),
        migrations.CreateModel("Own", [
            ("id", models.AutoField(primary_key=True)),
            ("size", models.IntegerField(default=3, db_column="breadth")),
        ], options={"db_table": "own_table"}),
        migrations.CreateModel("Cheap", [], bases=("LABEL.item",), options={"proxy": True}),"""
CLASS = "class Migration(migrations.Migration):"
CUSTOM = """
class Step(migrations.operations.base.Operation):
    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        pass


class Undone(Step):
    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass


class Stated(Undone):
    reversible = True


class Final(Stated):
    reversible = False


class Computed(Stated):
    @property
    def reversible(self):
        return False


class Quiet(migrations.RunSQL):
    reversible = True


class Renamed(migrations.AddField):
    pass


class Concurrent(migrations.AddIndex):
    atomic = False

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        super().database_forwards(app_label, schema_editor, from_state, to_state)


def fill(apps, schema_editor):
    apps.get_model("LABEL", "Item").objects.update(name="filled")


def empty(apps, schema_editor):
    apps.get_model("LABEL", "Item").objects.update(name="n" * 60)

"""
INDEX = "models.Index(fields=['price'], name='LABEL_price')"
CHECK = "models.CheckConstraint(condition=models.Q(price__gte=0), name='LABEL_check')"
BACK = "dependencies = [('LABEL', '0001_initial')]"


@dataclass(frozen=True)
class Case:
    """An application: the verdict, its modules by name, what they drop, and its last migration.

    `error` is the executor's on the way back although the verdict is lossy: the rows lack a required value.
    """

    verdict: str
    modules: dict[str, str]
    drops: tuple[str, ...] = ()
    leaf: str = "0002_change"
    error: str = ""

    @property
    def related(self) -> bool:
        """True if the case needs the models with relations, which take long to render."""
        words = ("'link", "'own'", "'Own'", "'tags'", "'Tag'", "'double'", "'Seen'")
        return any(word in text for word in words for text in self.modules.values())

    @property
    def initial(self) -> str:
        """The application's first migration."""
        models = OWNER + TAG + ITEM.replace("MORE", MORE) + OTHERS if self.related else OWNER + ITEM.replace("MORE", "")
        return f"{HEAD}\n{CLASS}\n    operations = [{models}\n    ]\n"


def change(*lines: str, base: str = "migrations.Migration") -> dict[str, str]:
    """A second migration whose class has these lines."""
    body = "\n    ".join((BACK, *lines))
    return {"0002_change": f"{HEAD}{CUSTOM}\nclass Migration({base}):\n    {body}\n"}


def operations(verdict: str, *texts: str, drops: tuple[str, ...] = ()) -> Case:
    """A case whose second migration has these operations."""
    return Case(verdict, change(f"operations = [{', '.join(texts)}]"), drops)


def alter(verdict: str, name: str, type_: str) -> Case:
    """A case that alters a field of Item."""
    return operations(verdict, f"migrations.AlterField('item', '{name}', models.{type_})")


def database(text: str) -> str:
    """An operation on the database alone."""
    return f"migrations.SeparateDatabaseAndState(database_operations=[{text}])"


def merged() -> Case:
    """Two branches and their merge."""
    body = f"{HEAD}class Migration(migrations.Migration):\n    "
    return Case(
        "reversible",
        {
            "0002_a": f"{body}{BACK}\n    operations = [migrations.AlterModelOptions('item', {{}})]\n",
            "0002_b": f"{body}{BACK}\n    operations = [migrations.RunSQL('SELECT 1', '')]\n",
            "0003_merge": f"{body}dependencies = [('LABEL', '0002_a'), ('LABEL', '0002_b')]\n",
        },
        leaf="0003_merge",
    )


def squashed() -> Case:
    """A squash next to the migrations that it replaces."""
    return Case(
        "lossy",
        {
            **change("operations = [migrations.RunSQL('SELECT 1')]"),
            "0002_squashed_0003": f"{HEAD}class Migration(migrations.Migration):\n"
            f"    replaces = [('LABEL', '0002_change'), ('LABEL', '0003_more')]\n    {BACK}\n"
            "    operations = [migrations.RemoveField('item', 'code')]\n",
            "0003_more": f"{HEAD}class Migration(migrations.Migration):\n"
            "    dependencies = [('LABEL', '0002_change')]\n"
            "    operations = [migrations.RemoveField('item', 'code')]\n",
        },
        drops=("LABEL_item.code",),
        leaf="0002_squashed_0003",
    )


CASES: dict[str, Case] = {
    "none": operations("reversible"),
    "add_field": operations("reversible", "migrations.AddField('item', 'more', models.TextField(default=''))"),
    "create_model": operations(
        "reversible", "migrations.CreateModel('New', [('id', models.AutoField(primary_key=True))])"
    ),
    "rename": operations(
        "reversible", "migrations.RenameField('item', 'name', 'title')", "migrations.RenameModel('Owner', 'Person')"
    ),
    "options": operations(
        "reversible",
        "migrations.AlterModelOptions('item', {'verbose_name': 'x'})",
        "migrations.AlterModelTable('item', 'LABEL_things')",
        "migrations.AlterUniqueTogether('item', {('name', 'owner')})",
        "migrations.AlterModelManagers('item', [])",
    ),
    "indexes": operations(
        "reversible",
        f"migrations.AddIndex('item', {INDEX})",
        "migrations.RenameIndex('item', 'LABEL_other', old_name='LABEL_price')",
        "migrations.RemoveIndex('item', 'LABEL_other')",
        f"migrations.AddConstraint('item', {CHECK})",
        "migrations.RemoveConstraint('item', 'LABEL_check')",
    ),
    "remove_field": operations("lossy", "migrations.RemoveField('item', 'code')", drops=("LABEL_item.code",)),
    "remove_key": operations("lossy", "migrations.RemoveField('link', 'tag')", drops=("LABEL_link.tag_id",)),
    "remove_required": Case(
        "lossy",
        change("operations = [migrations.RemoveField('item', 'owner')]"),
        drops=("LABEL_item.owner_id",),
        error="IntegrityError",
    ),
    "remove_named": operations("lossy", "migrations.RemoveField('own', 'size')", drops=("own_table.breadth",)),
    "remove_relation": operations("lossy", "migrations.RemoveField('item', 'tags')", drops=("LABEL_item_tags",)),
    "remove_through": operations("reversible", "migrations.RemoveField('item', 'linked')"),
    "remove_generated": operations("reversible", "migrations.RemoveField('item', 'double')"),
    "remove_after_rename": operations(
        "lossy",
        "migrations.RenameField('item', 'code', 'sign')",
        "migrations.AlterModelTable('item', 'LABEL_things')",
        "migrations.RemoveField('item', 'sign')",
        drops=("LABEL_things.sign",),
    ),
    "delete_model": operations("lossy", "migrations.DeleteModel('Own')", drops=("own_table",)),
    "delete_joined": operations(
        "lossy",
        "migrations.DeleteModel('Cheap')",
        "migrations.RemoveField('item', 'linked')",
        "migrations.DeleteModel('Link')",
        "migrations.DeleteModel('Item')",
        drops=("LABEL_item", "LABEL_item_tags", "LABEL_link"),
    ),
    "delete_others": operations("reversible", "migrations.DeleteModel('Seen')", "migrations.DeleteModel('Cheap')"),
    "unordered": operations("lossy", "migrations.AlterOrderWithRespectTo('link', None)", drops=("LABEL_link._order",)),
    "ordered": operations("reversible", "migrations.AlterOrderWithRespectTo('item', 'owner')"),
    "alter_words": alter("reversible", "name", "CharField(max_length=100, help_text='x', db_index=True)"),
    "alter_longer": alter("reversible", "name", "CharField(max_length=200)"),
    "alter_text": alter("reversible", "name", "TextField()"),
    "alter_bigger": alter("reversible", "price", "BigIntegerField(default=1)"),
    "alter_finer": alter("reversible", "amount", "DecimalField(max_digits=7, decimal_places=3, default=0)"),
    "alter_nullable": alter("reversible", "price", "IntegerField(null=True)"),
    "alter_unique": alter("reversible", "owner", "OneToOneField('Owner', models.PROTECT)"),
    "alter_shorter": alter("unknown", "name", "CharField(max_length=20)"),
    "alter_slug": alter("unknown", "name", "SlugField()"),
    "alter_smaller": alter("unknown", "price", "SmallIntegerField(default=0)"),
    "alter_positive": alter("unknown", "price", "PositiveBigIntegerField(default=0)"),
    "alter_coarser": alter("unknown", "amount", "DecimalField(max_digits=6, decimal_places=3, default=0)"),
    "alter_not_null": alter("unknown", "code", "CharField(max_length=9, default='x')"),
    "alter_type": alter("unknown", "price", "CharField(max_length=9)"),
    "alter_target": alter("unknown", "owner", "ForeignKey('Tag', models.CASCADE)"),
    "python": operations("irreversible", "migrations.RunPython(fill)"),
    "python_back": operations("reversible", "migrations.RunPython(fill, empty)"),
    "python_noop": operations(
        "reversible", "migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)"
    ),
    "python_elidable": operations("irreversible", "migrations.RunPython(fill, elidable=True)"),
    "python_none": operations("irreversible", "*[migrations.RunPython(fill, **{'reverse_code': None})]"),
    "sql": operations(
        "irreversible",
        "migrations.AddField('owner', 'x', models.IntegerField(null=True))",
        "migrations.RunSQL('SELECT 1')",
    ),
    "sql_back": operations("reversible", "migrations.RunSQL('CREATE VIEW LABEL_v AS SELECT 1', 'DROP VIEW LABEL_v')"),
    "sql_lists": operations(
        "reversible",
        "migrations.RunSQL(['SELECT 1', ('SELECT %s', [1])], reverse_sql=[('SELECT %s', [1])])",
        "migrations.RunSQL(migrations.RunSQL.noop, migrations.RunSQL.noop)",
        "migrations.RunSQL('SELECT 1', reverse_sql=[])",
    ),
    "separate": operations("irreversible", database(database("migrations.RunSQL('SELECT 1')"))),
    "separate_back": operations("reversible", database("migrations.RunSQL('SELECT 1', 'SELECT 1')")),
    "separate_drop": operations(
        "lossy", database("migrations.RemoveField('item', 'code')"), drops=("LABEL_item.code",)
    ),
    "separate_state": operations(
        "reversible",
        "migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField('item', 'code')])",
    ),
    "separate_noop": operations("reversible", "migrations.SeparateDatabaseAndState()"),
    "custom_default": operations("unknown", "Step()"),
    "custom_undone": operations("unknown", "Undone()"),
    "custom_stated": operations("reversible", "Stated()"),
    "custom_final": operations("irreversible", "Final()"),
    "custom_computed": operations("irreversible", "Computed()"),
    "custom_quiet": operations("irreversible", "Quiet('SELECT 1')"),
    "custom_renamed": operations("reversible", "Renamed('owner', 'x', models.IntegerField(null=True))"),
    "custom_concurrent": operations("unknown", f"Concurrent('item', {INDEX})"),
    "custom_and_drop": operations(
        "unknown", "Step()", "migrations.RemoveField('item', 'code')", drops=("LABEL_item.code",)
    ),
    "not_atomic": Case("reversible", change("atomic = False", f"operations = [migrations.AddIndex('item', {INDEX})]")),
    "appended": Case(
        "irreversible",
        change(
            "operations = []",
            "if connection.vendor == 'sqlite':",
            "    operations.append(migrations.RunSQL('SELECT 1'))",
        ),
    ),
    "not_appended": Case(
        "reversible",
        change(
            "operations = []",
            "if connection.vendor == 'oracle':",
            "    operations.append(migrations.RunSQL('SELECT 1'))",
        ),
    ),
    "looped": Case(
        "irreversible",
        change("operations = []", "for each in ('1', '2'):", "    operations += [migrations.RunSQL('SELECT ' + each)]"),
    ),
    "branched": Case(
        "irreversible",
        change(
            "if connection.vendor == 'oracle':",
            "    operations = []",
            "else:",
            "    operations = [migrations.RunPython(fill)]",
        ),
    ),
    "inherited": Case(
        "irreversible",
        {
            "_data": f"{HEAD}class Data(migrations.Migration):\n    operations = [migrations.RunSQL('SELECT 1')]\n",
            "0002_change": f"from ._data import Data\n\n\nclass Migration(Data):\n    {BACK}\n",
        },
    ),
    "own_unapply": Case(
        "unknown",
        change(
            "operations = [migrations.RunPython(fill)]",
            "def unapply(self, state, editor, collect_sql=False):",
            "    return state",
        ),
    ),
    "helper": Case(
        "irreversible",
        {**change("operations = [migrations.RunPython(fill)]"), "_helpers": "raise TypeError\n", "~0003_old": "x"},
    ),
    "labelled": Case("irreversible", change("operations = [migrations.RunPython(fill)]")),
    "elsewhere": Case("irreversible", change("operations = [migrations.RunPython(fill)]")),
    "merge": merged(),
    "squash": squashed(),
}
