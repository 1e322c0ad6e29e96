"""Variables in two commits: the contract and the plain values of targets."""

from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.diff.application import VariableChange
from dockdj.model.diff.project_files import (
    TargetValueChange,
    contract_changes,
    listed_packages,
    required_packages,
    target_changes,
)

OLD = "# required. Who.\nNAME=shop\n# optional. How much.\nLEVEL=1\n"
NEW = "# required. Who.\nNAME=other\n# required, secret. How much.\nLEVEL=1\n# optional, local. Where.\nPLACE=\n"


def test_variables_come_go_and_change_their_kind() -> None:
    assert contract_changes(OLD, NEW) == (
        VariableChange("LEVEL", "optional", "required, secret", "other", "How much."),
        VariableChange("PLACE", None, "optional, local", "add", "Where."),
    )
    assert [one.change for one in contract_changes(NEW, None)] == ["remove"] * 3
    assert contract_changes(OLD, OLD) == contract_changes(None, None) == ()


def toml(**values: str) -> str:
    lines = "".join(f"{name} = '{value}'\n" for name, value in values.items())
    return f"[targets.local.env]\n{lines}"


def test_plain_values_are_shown_and_secret_ones_are_not() -> None:
    found = target_changes(toml(NAME="a", GONE="1", LEVEL="hunter2"), toml(NAME="b", LEVEL="hunter3"), (OLD, NEW))
    assert found == (
        TargetValueChange("local", "GONE", "1", None, "remove"),
        TargetValueChange("local", "LEVEL", "set", "set", "other"),
        TargetValueChange("local", "NAME", "a", "b", "other"),
    )


def test_invalid_file_counts_as_empty() -> None:
    assert target_changes("[targets", toml(NAME="b"), (None, None)) == (
        TargetValueChange("local", "NAME", None, "b", "add"),
    )
    assert target_changes("targets = 1", "[targets]\nlocal = 2", (None, None)) == ()


TEXTS = st.dictionaries(st.sampled_from(["A", "B", "C"]), st.text("xyz", max_size=2), max_size=3).map(
    lambda values: toml(**values)
)


@given(TEXTS, TEXTS)
def test_the_reverse_change_is_the_mirror_image(one: str, other: str) -> None:
    there, back = target_changes(one, other, (None, None)), target_changes(other, one, (None, None))
    assert [(c.name, c.before, c.after) for c in there] == [(c.name, c.after, c.before) for c in back]
    assert target_changes(one, one, (None, None)) == ()


def test_direct_packages_are_read_from_the_project_files() -> None:
    text = '[project]\ndependencies = ["Django>=6", "psycopg[binary]>=3 ; python_version > \'3\'", "zope.interface"]\n'
    assert required_packages(text) == {"django", "psycopg", "zope-interface"}
    assert required_packages(None) == required_packages("[project]\ndependencies = 1") == frozenset()
    assert listed_packages("# Debian packages\njq\n libpq5=1.0 # why\n\n") == {"jq", "libpq5"}
