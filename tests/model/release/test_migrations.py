"""The migrations that one release knows and another does not, and the answer of an image that tells them."""

import json
from copy import deepcopy
from typing import Any

import pytest

from dockdj.errors import ProjectError
from dockdj.model.release.loader_answer import LoaderAnswer, Module, parse
from dockdj.model.release.migrations import MigrationGraph, gravest
from tests.support.graphs import answer, document, graph, migration, operation

ORIGINALS = {"m0001_a": migration(), "m0002_b": migration(after="shop.0001_a")}
SQUASH = {"m0001_squashed": migration(replaces=("shop.0001_a", "shop.0002_b"))}
THIRD = {"m0003_c": migration(after="shop.0002_b")}
AGAIN = {"m0001_all": migration(replaces=("shop.0001_squashed", "shop.0003_c"))}


@pytest.mark.parametrize(
    ("one", "two", "beyond"),
    [
        (graph(**ORIGINALS, **THIRD), graph(**ORIGINALS), ("shop.0003_c",)),
        (graph(**ORIGINALS), graph(**ORIGINALS, **THIRD), ()),
        (graph(**SQUASH), graph(**ORIGINALS), ()),
        (graph(**ORIGINALS), graph(**SQUASH), ()),
        (graph(**ORIGINALS, **SQUASH), graph(**SQUASH), ()),
        (graph(**SQUASH, **THIRD), graph(**ORIGINALS), ("shop.0003_c",)),
        (graph(**SQUASH), graph(m0001_a=migration()), ("shop.0001_squashed",)),
        # A squash of a squash, without the first one's file.
        (graph(**ORIGINALS, **SQUASH, **THIRD, **AGAIN), graph(**ORIGINALS, **THIRD), ()),
        # The squash became a plain migration: its `replaces` and the originals are deleted.
        (graph(m0001_squashed=migration()), graph(**ORIGINALS, **SQUASH), ()),
        (graph(**ORIGINALS, **SQUASH), graph(m0001_squashed=migration()), ()),
        # Two that replace each other.
        (graph(m1=migration(replaces=("shop.2",)), m2=migration(replaces=("shop.1",))), graph(**THIRD), ()),
    ],
)
def test_migrations_beyond_another_release_are_those_that_change_its_database(
    one: MigrationGraph, two: MigrationGraph, beyond: tuple[str, ...]
) -> None:
    assert one.beyond(two) == beyond


def test_the_gravest_verdict_of_the_operations_is_the_migrations() -> None:
    assert gravest(()) == "reversible"
    assert gravest(("lossy", "reversible")) == "lossy"
    assert gravest(("unknown", "lossy")) == "unknown"
    assert gravest(("irreversible", "unknown")) == "irreversible"
    each = migration(operation("lossy", "t.b", "t.a"), operation(), operation("lossy", "t"))
    assert (each.verdict, each.reversible, each.drops, each.takes_away) == (
        "lossy",
        True,
        ("t", "t.a", "t.b"),
        ("RemoveField",),
    )
    assert [migration(operation(verdict)).reversible for verdict in ("unknown", "irreversible")] == [None, False]


def test_an_answer_is_read() -> None:
    loaded = parse(json.dumps(document()))
    (each,) = loaded.graph.migrations.values()
    assert (loaded.graph.django, loaded.graph.leaves) == ("6.1.3", {"shop": ("0001_initial",)})
    assert (each.dependencies, each.drops) == (("auth.__first__",), ("shop_item", "shop_item.code"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("django", None),
        ("leaves", []),
        ("leaves", {"shop": []}),
        ("leaves", {"shop": ["0009_none"]}),
        ("leaves", {"": ["0001_initial"]}),
        ("migrations", None),
        ("migrations", {"shop": {}}),
        ("migrations", {"shop.0001_initial": []}),
        ("migrations.shop/0001_initial.module", "a\nb"),
        ("migrations.shop/0001_initial.module", "\x1b[2J"),
        ("migrations.shop/0001_initial.module", "x" * 2000),
        ("migrations.shop/0001_initial.installed", "yes"),
        ("migrations.shop/0001_initial.dependencies", ["shop"]),
        ("migrations.shop/0001_initial.replaces", [1]),
        ("migrations.shop/0001_initial.operations", {}),
        ("migrations.shop/0001_initial.operations", [{"name": "X", "verdict": "perhaps", "drops": []}]),
        ("migrations.shop/0001_initial.operations", [{"name": "X", "verdict": "lossy", "drops": [{"table": 1}]}]),
    ],
)
def test_an_answer_of_another_form_is_refused(path: str, value: Any) -> None:
    whole = deepcopy(document())
    *way, last = [part.replace("/", ".") for part in path.split(".")]
    place = whole
    for step in way:
        place = place[step]
    place[last] = value
    with pytest.raises(ProjectError, match="no usable list of its migrations"):
        parse(json.dumps(whole))


def test_text_that_is_not_json_is_refused() -> None:
    for text in ("", "{", '{"django": "' + "[" * 9, "\ud800"[:0] + "nul"):
        with pytest.raises(ProjectError, match="no usable list"):
            parse(text)


def test_installed_packages_are_recorded_and_are_not_the_projects_last_migrations() -> None:
    loaded = answer(m0001_initial=migration(), m0002_price=migration())
    paths = ["app/apps/shop/migrations/0001_initial.py", "app/apps/shop/migrations/0002_price.py", "x/0002_price.py"]
    whole = loaded.in_commit(paths)
    assert whole.migrations["shop.0002_price"].path == paths[1]
    assert whole.migrations["auth.0002_gone"].path == ""
    assert loaded.own_leaves(whole) == {"shop": "0002_price"}


@pytest.mark.parametrize(
    ("module", "installed", "paths", "own"),
    [
        # A package of the project's repository that is installed.
        ("shop.migrations.0001_a", True, ["libs/shop/migrations/0001_a.py"], True),
        ("shop.migrations.0001_a", True, ["libs/other/migrations/0001_a.py", "reshop/migrations/0001_a.py"], False),
        # Made while the image is built.
        ("shop.migrations.0001_a", False, [], True),
        # MIGRATION_MODULES names a package of the project for an installed application.
        ("project.shop_steps.0001_a", False, ["app/project/shop_steps/0001_a.py"], True),
    ],
)
def test_an_application_is_the_projects_if_its_migrations_are(
    module: str, installed: bool, paths: list[str], own: bool
) -> None:
    loaded = LoaderAnswer(graph(m0001_a=migration()), {"shop.0001_a": Module(module, installed)})
    assert loaded.own_leaves(loaded.in_commit(paths)) == ({"shop": "0001_a"} if own else {})


def test_of_several_files_of_a_module_the_shortest_path_counts() -> None:
    paths = ["old/app/shop/migrations/0001_a.py", "app/shop/migrations/0001_a.py"]
    assert Module("shop.migrations.0001_a", False).path_in(paths) == paths[1]
