"""Migrations as Django's loader tells them, for records of tests."""

from typing import Any

from dockdj.model.release.loader_answer import LoaderAnswer, Module
from dockdj.model.release.migrations import Dropped, Migration, MigrationGraph, Operation, Verdict


def operation(verdict: Verdict = "reversible", *drops: str) -> Operation:
    """An operation of this verdict; `drops` are tables, or a table and its column with a dot."""
    names = {"lossy": "RemoveField", "irreversible": "RunPython"}
    places = tuple(Dropped(drop.partition(".")[0], drop.partition(".")[2] or None) for drop in drops)
    return Operation(names.get(verdict, "AlterField"), verdict, places)


def migration(*operations: Operation, path: str = "", after: str = "", replaces: tuple[str, ...] = ()) -> Migration:
    """A migration that depends on at most one."""
    return Migration(path, (after,) if after else (), replaces, operations)


def graph(**migrations: Migration) -> MigrationGraph:
    """The migrations of `shop` by their names, which follow an `m`; the last by name is the leaf."""
    named = {f"shop.{name.removeprefix('m')}": each for name, each in migrations.items()}
    return MigrationGraph("6.1.3", {"shop": (max(name.removeprefix("m") for name in migrations),)}, named)


def answer(**migrations: Migration) -> LoaderAnswer:
    """The answer of an image whose project has these migrations of `shop`, and an installed `auth`."""
    own = graph(**migrations)
    auth = {
        "auth.0001_initial": migration(),
        "auth.0002_gone": migration(operation("irreversible"), after="auth.0001_initial"),
    }
    whole = MigrationGraph(own.django, {**own.leaves, "auth": ("0002_gone",)}, {**own.migrations, **auth})
    modules = {name: Module(f"apps.shop.migrations.{name.partition('.')[2]}", False) for name in own.migrations}
    modules |= {name: Module(f"django.contrib.auth.migrations.{name.partition('.')[2]}", True) for name in auth}
    return LoaderAnswer(whole, modules)


def document(**changes: Any) -> dict[str, Any]:
    """What the program prints for one migration of `shop`."""
    fields = {
        "module": "apps.shop.migrations.0001_initial",
        "installed": False,
        "dependencies": ["auth.__first__"],
        "replaces": [],
        "operations": [
            {"name": "RemoveField", "verdict": "lossy", "drops": [{"table": "shop_item", "column": "code"}]},
            {"name": "DeleteModel", "verdict": "lossy", "drops": [{"table": "shop_item", "column": None}]},
        ],
    }
    return {
        "django": "6.1.3",
        "leaves": {"shop": ["0001_initial"]},
        "migrations": {"shop.0001_initial": {**fields, **changes}},
    }
