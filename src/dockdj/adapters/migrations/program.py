"""Describe the migrations of a Django project as its own loader sees them: one line of JSON on standard output.

The text of this file runs in the Python and Django of a released image. It uses nothing of Dockdj, the syntax of
Python 3.8, and no database: a loader without a connection takes every migration for unapplied.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.db.backends.utils import strip_quotes, truncate_name
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

# The line of the answer begins with this: settings and applications may print other lines.
MARK = "dockdj-migrations:"
HOOKS = ("database_forwards", "database_backwards", "state_forwards")
# Django undoes these, and what they change comes back. Django, "Migration Operations".
PLAIN = {
    *("CreateModel", "RenameModel", "AlterModelTable", "AlterModelTableComment", "AlterModelOptions"),
    *("AlterModelManagers", "AlterUniqueTogether", "AlterIndexTogether", "AddField", "RenameField"),
    *("AddIndex", "RemoveIndex", "RenameIndex", "AddConstraint", "RemoveConstraint", "AlterConstraint"),
    *("AddIndexConcurrently", "RemoveIndexConcurrently", "AddConstraintNotValid", "ValidateConstraint"),
    *("CreateExtension", "BloomExtension", "BtreeGinExtension", "BtreeGistExtension", "CITextExtension"),
    *("CryptoExtension", "HStoreExtension", "TrigramExtension", "UnaccentExtension"),
    *("CreateCollation", "RemoveCollation", "SeparateDatabaseAndState"),
}
LOSSY = ("RemoveField", "DeleteModel")
# The arguments of a field that change no stored value.
KEEPS_VALUES = {
    *("blank", "choices", "db_column", "editable", "error_messages", "help_text", "limit_choices_to", "on_delete"),
    *("related_name", "related_query_name", "validators", "verbose_name", "default", "db_default", "db_index"),
    *("unique", "unique_for_date", "unique_for_month", "unique_for_year", "db_comment", "db_tablespace"),
    *("db_collation", "db_constraint", "swappable", "serialize", "auto_created", "auto_now", "auto_now_add"),
    *("upload_to", "storage", "width_field", "height_field", "path", "match", "recursive", "allow_files"),
    *("allow_folders", "allow_unicode", "protocol", "encoder", "decoder", "primary_key"),
}
SIZES = {"null", "max_length", "max_digits", "decimal_places"}
TEXTS = ("CharField", "SlugField", "FileField", "FilePathField")
RANGES = {"Small": 2**15, "": 2**31, "Big": 2**63}


def main() -> None:
    """Print the answer."""
    answer = json.dumps(described(), sort_keys=True)
    # An application may have replaced standard output.
    output = sys.__stdout__ or sys.stdout
    output.write(f"\n{MARK}{answer}\n")
    output.flush()


def described() -> dict[str, Any]:
    """Django's version, the leaves of each application, and every migration with its operations."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    leaves: dict[str, list[str]] = {}
    for label, name in sorted(loader.graph.leaf_nodes()):
        leaves.setdefault(label, []).append(name)
    operations = Walk(loader).operations
    migrations = {
        ".".join(key): {**origin(loader, key), **relations(migration), "operations": operations[key]}
        for key, migration in loader.disk_migrations.items()
    }
    return {"django": django.get_version(), "leaves": leaves, "migrations": migrations}


def origin(loader: Any, key: tuple[str, str]) -> dict[str, Any]:
    """The module of a migration, and whether an installed package brought it."""
    module = f"{loader.migrations_module(key[0])[0]}.{key[1]}"
    file = str(getattr(sys.modules.get(module), "__file__", None) or "").replace("\\", "/")
    return {"module": module, "installed": "/site-packages/" in file or "/dist-packages/" in file}


def relations(migration: Any) -> dict[str, Any]:
    """The migrations that a migration depends on and replaces."""
    return {
        "dependencies": sorted(".".join(key) for key in migration.dependencies),
        "replaces": [".".join(key) for key in migration.replaces],
    }


class Walk:
    """A walk over all migrations in the order of their application, with the models before each operation."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.operations: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.state = ProjectState(real_apps=loader.unmigrated_apps)
        for leaf in sorted(loader.graph.leaf_nodes()):
            for key in loader.graph.forwards_plan(leaf):
                self.visit(key)
        for key in sorted(loader.disk_migrations):
            if key not in self.operations:
                # Its place in the order is unknown, and so are the models before it.
                self.operations[key] = judged(loader.disk_migrations[key], None)

    def visit(self, key: tuple[str, str]) -> None:
        """Judge a migration; before a squash, the migrations that it replaces."""
        if key in self.operations:
            return
        migration = self.loader.disk_migrations[key]
        replaced = [each for each in map(tuple, migration.replaces) if each in self.loader.disk_migrations]
        if replaced:
            after = self.state
            self.state = self.state.clone()
            for each in replaced:
                self.visit(each)
            self.state = after
        self.operations[key] = judged(migration, self.state)


def judged(migration: Any, state: Any) -> list[dict[str, Any]]:
    """Each operation of a migration with its verdict; the state becomes that after the migration."""
    verdicts = list(verdicts_of(migration.operations, migration.app_label, state))
    if any(is_custom(migration, name) for name in ("apply", "unapply")):
        return [{**verdict, "verdict": "unknown"} for verdict in verdicts or [entry(migration, "unknown")]]
    return verdicts


def verdicts_of(operations: Any, label: str, state: Any) -> Iterator[dict[str, Any]]:
    for operation in operations:
        kind = kind_of(operation)
        if kind == "SeparateDatabaseAndState" and not customized(operation) and operation.database_operations:
            inner = state.clone() if state is not None else None
            yield from verdicts_of(operation.database_operations, label, inner)
        else:
            yield verdict_of(operation, kind, label, state)
        if state is not None:
            try:
                operation.state_forwards(label, state)
            except Exception:
                # What the models are from here on is unknown.
                state = None


def verdict_of(operation: Any, kind: str, label: str, state: Any) -> dict[str, Any]:
    """An operation with its verdict, and the tables and columns that it drops."""
    try:
        if not operation.reversible:
            return entry(operation, "irreversible")
        if custom := customized(operation):
            # The class says that it can be undone, and how. `reversible = True` alone is only the default.
            stated = is_custom(operation, "reversible") and "database_backwards" in custom and kind not in LOSSY
            return entry(operation, "reversible" if stated else "unknown")
        if kind == "RunPython":
            return entry(operation, "irreversible" if operation.reverse_code is None else "reversible")
        if kind == "RunSQL":
            return entry(operation, "irreversible" if operation.reverse_sql is None else "reversible")
        if kind == "AlterField":
            return entry(operation, altered(operation, label, state))
        if kind in (*LOSSY, "AlterOrderWithRespectTo"):
            places = dropped(operation, kind, label, state)
            return entry(operation, "lossy" if places else "reversible", places)
    except Exception:
        # The models do not tell what the operation changes.
        return entry(operation, "lossy" if kind in LOSSY and not customized(operation) else "unknown")
    return entry(operation, "reversible" if kind in PLAIN else "unknown")


def entry(operation: Any, verdict: str, places: Any = ()) -> dict[str, Any]:
    kind = type(operation)
    name = kind.__name__ if is_djangos(kind) else f"{kind.__module__}.{kind.__qualname__}"
    return {"name": name, "verdict": verdict, "drops": [{"table": table, "column": column} for table, column in places]}


def kind_of(operation: Any) -> str:
    """The name of the operation's nearest class of Django's."""
    return next((kind.__name__ for kind in type(operation).__mro__ if is_djangos(kind)), "")


def customized(operation: Any) -> list[str]:
    return [name for name in HOOKS if is_custom(operation, name)]


def is_custom(value: Any, name: str) -> bool:
    """True if an attribute comes from a class that is not Django's, or from the object itself."""
    if name in getattr(value, "__dict__", {}):
        return True
    owner = next((kind for kind in type(value).__mro__ if name in kind.__dict__), None)
    return owner is not None and not is_djangos(owner)


def is_djangos(kind: type) -> bool:
    return (kind.__module__ or "").partition(".")[0] == "django"


def dropped(operation: Any, kind: str, label: str, state: Any) -> list[tuple[str, Any]]:
    """The (table, column) that an operation drops; the column of a whole table is None."""
    if kind == "RemoveField":
        model = state.models[label, operation.model_name.lower()]
        return list(columns(model, operation.name, dict(model.fields)[operation.name])) if has_table(model) else []
    if kind == "DeleteModel":
        model = state.models[label, operation.name.lower()]
        fields = dict(model.fields).items() if has_table(model) else ()
        joined = [place for name, field in fields if field.many_to_many for place in columns(model, name, field)]
        return [(table_of(model), None), *joined] if has_table(model) else []
    if kind == "AlterOrderWithRespectTo":
        model = state.models[label, operation.name.lower()]
        ends = model.options.get("order_with_respect_to") and not operation.order_with_respect_to
        return [(table_of(model), "_order")] if ends and has_table(model) else []
    return []


def has_table(model: Any) -> bool:
    """True if Django makes and drops the model's table."""
    swappable = model.options.get("swappable")
    instead = str(getattr(settings, swappable, "") or "") if swappable else ""
    swapped = instead and instead.lower() != f"{model.app_label}.{model.name}".lower()
    return bool(model.options.get("managed", True)) and not model.options.get("proxy") and not swapped


def table_of(model: Any) -> str:
    return str(model.options.get("db_table") or shortened(f"{model.app_label}_{model.name.lower()}"))


def columns(model: Any, name: str, field: Any) -> Iterator[tuple[str, Any]]:
    """The column of a field, or the table of a relation of many to many."""
    if field.many_to_many:
        if not field.deconstruct()[3].get("through"):
            yield str(field.db_table or shortened(f"{strip_quotes(table_of(model))}_{name}")), None
        return
    # A generated column is made again from the others.
    if getattr(field, "generated", False) or (not field.is_relation and field.db_type(connection) is None):
        return
    named = field.clone()
    named.set_attributes_from_name(name)
    yield table_of(model), str(named.column)


def shortened(name: str) -> str:
    return str(truncate_name(name, connection.ops.max_name_length()))


def altered(operation: Any, label: str, state: Any) -> str:
    """The verdict on AlterField: reversible if every stored value stays, else unknown."""
    model = state.models[label, operation.model_name.lower()]
    old, new = dict(model.fields)[operation.name], operation.field
    (_, old_path, _, one), (_, new_path, _, other) = old.deconstruct(), new.deconstruct()
    alike = all(same(one.get(key), other.get(key)) for key in {*one, *other} - KEEPS_VALUES - SIZES)
    if old.many_to_many or new.many_to_many:
        stays = alike and old_path == new_path
    else:
        stays = alike and widens(old, new) and (old_path == new_path or contains(old, new))
    return "reversible" if stays or not has_table(model) else "unknown"


def same(one: Any, other: Any) -> bool:
    # The name of a model may have any case.
    return bool(one == other or (isinstance(one, str) and isinstance(other, str) and one.lower() == other.lower()))


def widens(old: Any, new: Any) -> bool:
    """True if a column of the new field's size holds every value of the old one's."""
    if old.null and not new.null:
        return False
    length, before = getattr(new, "max_length", None), getattr(old, "max_length", None)
    if length is not None and (before is None or length < before) and new.get_internal_type() != "TextField":
        return False
    sizes: list[Any] = [getattr(field, name, None) for name in ("decimal_places", "max_digits") for field in (old, new)]
    if None in sizes:
        return True
    places = sizes[1] - sizes[0]
    return bool(places >= 0 and sizes[3] - sizes[2] >= places)


def contains(old: Any, new: Any) -> bool:
    """True if the type of the new field holds every value of the old one's."""
    if old.is_relation or new.is_relation:
        return bool(old.is_relation and new.is_relation)
    if not (is_djangos(type(old)) and is_djangos(type(new))):
        return False
    before, after = old.get_internal_type(), new.get_internal_type()
    if before in TEXTS:
        return after == "TextField" or after in TEXTS
    one, other = interval(before), interval(after)
    return one is not None and other is not None and other[0] <= one[0] and one[1] <= other[1]


def interval(kind: str) -> tuple[int, int] | None:
    """The values of a kind of integer field."""
    for end in ("IntegerField", "AutoField"):
        if kind.endswith(end):
            size = kind[: -len(end)].replace("Positive", "")
            if size in RANGES:
                return (0 if kind.startswith("Positive") else -RANGES[size]), RANGES[size] - 1
    return None


if __name__ == "__main__":
    main()
