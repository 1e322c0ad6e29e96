"""docs/reference/dockdj-toml.md: its example is a good file that uses every key, and its tables name every key.

What other pages put into the file is good, too.
"""

import json
import re
import tomllib
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import pytest

from dockdj.adapters.project_file import parse
from dockdj.lifecycle.target.create import options
from dockdj.model.project.build_sources import IMAGES_VARIABLE, VARIABLES, Sources
from dockdj.model.project.layout import Application, EnvironmentFiles, Frontend, Gate, Packages, Smoke
from dockdj.model.project.options import RESERVED_VARIABLES
from dockdj.model.project.parity_rules import ParityRules
from dockdj.model.project.project import POLICIES, Leaks, Project, Target
from dockdj.model.project.stack_paths import Stack

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "reference/dockdj-toml.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.partition("```toml\n")[2].partition("```")[0]
# Not written by people: where the file lies, and a target's name, which is its key.
NOT_KEYS: dict[type[Any], str] = {Project: "root", Target: "name"}

LAYOUT: dict[str, type[Any]] = {
    "application": Application,
    "frontend": Frontend,
    "gate": Gate,
    "smoke": Smoke,
    "packages": Packages,
    "stack": Stack,
}
TABLES = [
    ("The project", Project),
    ("Builds", Sources),
    ("Leaks", Leaks),
    ("Environments", EnvironmentFiles),
    ("Application", Application),
    ("Frontend", Frontend),
    ("Gate", Gate),
    ("Smoke test", Smoke),
    ("Packages", Packages),
    ("Stack", Stack),
    ("Parity", ParityRules),
    ("A target", Target),
]


def keys_of(kind: type[Any]) -> dict[str, Field[Any]]:
    """The keys that a person may write, with the fields they fill."""
    return {field.name: field for field in fields(kind) if field.name != NOT_KEYS.get(kind)}


def table(title: str) -> dict[str, tuple[str, str]]:
    """Key -> (type, default) of the table below a heading; `recipe.version` is a key of `recipe`."""
    part = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \| ([^|]+) \|", part, re.MULTILINE)
    return {key: (kind, default) for key, kind, default in rows}


def test_the_example_is_valid() -> None:
    project = parse(EXAMPLE, Path("/x"))
    assert sorted(project.targets) == ["legacy", "local", "production"]


def test_the_how_tos_aws_target_is_valid() -> None:
    page = (DOCS / "how-to/deploy-to-aws.md").read_text(encoding="utf-8")
    head = 'name = "bookshop"\ndockdj = "0"\ndefault_target = "production"\n[recipe]\nversion = "0"\n'
    target = parse(head + "\n".join(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)), Path("/x")).targets[
        "production"
    ]
    assert not target.local
    assert target.env and target.secrets and target.options


@pytest.mark.parametrize(("title", "kind"), TABLES)
def test_the_tables_have_exactly_the_keys(title: str, kind: type[Any]) -> None:
    assert {key.partition(".")[0] for key in table(title)} == set(keys_of(kind))


def test_the_page_names_the_variables_of_builds() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|.*Variable: `(\w+)`", PAGE, re.MULTILINE))
    assert rows == {**VARIABLES, "images": IMAGES_VARIABLE}


def test_the_example_uses_every_key() -> None:
    document = tomllib.loads(EXAMPLE)
    assert set(document["build"]) == set(keys_of(Sources))
    assert set(document["leaks"]) == set(keys_of(Leaks))
    assert set(document["parity"]) == set(keys_of(ParityRules))
    for name, kind in LAYOUT.items():
        assert set(document[name]) == set(keys_of(kind)), name
    assert set(document["environments"]["prod"]) == set(keys_of(EnvironmentFiles))
    assert set(document) == set(keys_of(Project))
    assert {key for target in document["targets"].values() for key in target} == set(keys_of(Target))


@pytest.mark.parametrize(("title", "kind"), TABLES)
def test_defaults_in_the_tables_are_the_codes(title: str, kind: type[Any]) -> None:
    rows = table(title)
    for key, field in keys_of(kind).items():
        needed = field.default is MISSING and field.default_factory is MISSING
        said = {default for name, (_, default) in rows.items() if name.partition(".")[0] == key}
        assert ("needed" in said) == needed, key
        if isinstance(field.default, str):
            assert said == {f'`"{field.default}"`'}, key
        if isinstance(field.default, tuple) and field.default:
            assert said == {f"`{json.dumps(field.default)}`"}, key


def test_every_policy_and_reserved_variable_is_on_the_page() -> None:
    for word in (*POLICIES, *RESERVED_VARIABLES):
        assert f"`{word}`" in PAGE


def test_every_option_of_create_is_on_the_page() -> None:
    part = PAGE.partition("## Options that `create` sets")[2]
    target = parse(EXAMPLE, Path("/x")).targets["local"]
    for namespace, values in options(target, {}, "application.health_path").items():
        assert f"`{namespace}`" in part
        for name, value in values.items():
            assert f"`{name}`" in part
            assert f"`{value}`" in part or name in ("MinSize", "MaxSize", "DeploymentPolicy")
