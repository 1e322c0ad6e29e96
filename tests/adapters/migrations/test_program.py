"""The verdicts of the program, confirmed by Django's own executor on a database."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.migrations.corpus import CASES

ROOT = Path(__file__).parents[3]
RAISED = ("IrreversibleError", "NotImplementedError")


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the program says of the corpus, and what the executor did with it; one process for all."""
    folder = tmp_path_factory.mktemp("corpus")
    argv = [sys.executable, "-m", "tests.adapters.migrations.executor", str(folder)]
    output = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    document: dict[str, Any] = json.loads(output)
    return document


def verdict_of(operations: list[dict[str, Any]]) -> str:
    """The gravest verdict."""
    verdicts = {operation["verdict"] for operation in operations}
    return next((word for word in ("irreversible", "unknown", "lossy") if word in verdicts), "reversible")


def test_verdicts_are_those_of_the_corpus(answer: dict[str, Any]) -> None:
    migrations = answer["described"]["migrations"]
    assert {label: verdict_of(migrations[f"{label}.{case.leaf}"]["operations"]) for label, case in CASES.items()} == {
        label: case.verdict for label, case in CASES.items()
    }


def test_the_executor_does_what_the_verdicts_say(answer: dict[str, Any]) -> None:
    """Reversible: undone, with the rows as before. Lossy: undone, without them. Irreversible: an error."""
    for label, case in CASES.items():
        error, same = answer["outcomes"][label]["error"], answer["outcomes"][label]["same"]
        expected = {
            "reversible": not error and same,
            "lossy": error == case.error and not same,
            "irreversible": error in RAISED,
            "unknown": True,
        }
        assert expected[case.verdict], f"{label}: {case.verdict}, {error or 'undone'}, same: {same}"


def test_dropped_tables_and_columns_are_named(answer: dict[str, Any]) -> None:
    for label, case in CASES.items():
        operations = answer["described"]["migrations"][f"{label}.{case.leaf}"]["operations"]
        drops = sorted(".".join(filter(None, drop.values())) for each in operations for drop in each["drops"])
        assert drops == sorted(name.replace("LABEL", label) for name in case.drops), label


def test_leaves_and_replaced_migrations_are_the_loaders(answer: dict[str, Any]) -> None:
    """A helper module is no migration; a label is the configuration's; a squash replaces what it names."""
    described = answer["described"]
    assert described["leaves"] == {label: [case.leaf] for label, case in CASES.items()}
    migrations = described["migrations"]
    assert sorted(name for name in migrations if name.startswith("helper.")) == [
        "helper.0001_initial",
        "helper.0002_change",
    ]
    assert migrations["labelled.0002_change"]["module"] == "labelled_folder.migrations.0002_change"
    assert migrations["elsewhere.0002_change"]["module"] == "steps.0002_change"
    assert migrations["squash.0002_squashed_0003"]["replaces"] == ["squash.0002_change", "squash.0003_more"]
    assert verdict_of(migrations["squash.0002_change"]["operations"]) == "irreversible"
    assert migrations["squash.0003_more"]["operations"][0]["drops"] == [{"table": "squash_item", "column": "code"}]
    assert migrations["merge.0003_merge"]["dependencies"] == ["merge.0002_a", "merge.0002_b"]


def test_operations_are_named_with_their_modules_unless_django_has_them(answer: dict[str, Any]) -> None:
    migrations = answer["described"]["migrations"]
    assert [each["name"] for each in migrations["custom_and_drop.0002_change"]["operations"]] == [
        "custom_and_drop.migrations.0002_change.Step",
        "RemoveField",
    ]


def test_the_corpus_has_every_form() -> None:
    assert len(CASES) >= 25
    assert {case.verdict for case in CASES.values()} == {"reversible", "lossy", "irreversible", "unknown"}
