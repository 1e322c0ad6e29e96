"""docs/reference names every command, option and exit code, field of the record, and action and option of the cloud."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dockdj.cli.main import cli
from dockdj.cli.verbs import VERBS
from dockdj.errors import DockdjError
from dockdj.localcloud.api import ACTIONS
from dockdj.localcloud.platform.option_rules import OPTIONS
from tests.support.records import release, service

REFERENCE = Path(__file__).parents[2] / "docs/reference"
PAGE = (REFERENCE / "commands.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^### `dockdj (?P<usage>[^`]+)`$", re.MULTILINE)
OPTION = re.compile(r"`(--[a-z-]+)")
# Exit codes that are no failure of errors.py.
OUR_OWN_CODES = {"0": "", "70": "bug", "130": "interrupted"}


def commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words: `cloud up`."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


def usage(words: str, command: click.Command) -> str:
    """The command as a person types it, without its options."""
    pieces = command.collect_usage_pieces(click.Context(command))
    return " ".join([words, *(piece for piece in pieces if piece != "[OPTIONS]")])


def options(command: click.Command) -> set[str]:
    """The long names of a command's options."""
    parameters = [one for one in command.get_params(click.Context(command)) if isinstance(one, click.Option)]
    return {name for one in parameters for name in one.opts if name.startswith("--")}


def sections() -> dict[str, str]:
    """Usage -> text of its section, which ends at the next heading."""
    found = list(HEADING.finditer(PAGE))
    return {one["usage"]: re.split(r"^##", PAGE[one.end() :], maxsplit=1, flags=re.MULTILINE)[0] for one in found}


ALL = dict(commands(cli))
GLOBAL = options(cli)


def test_the_page_has_a_section_for_every_command_and_no_other() -> None:
    assert {words.split()[0] for words in ALL} == set(VERBS)
    assert sorted(sections()) == sorted(usage(words, command) for words, command in ALL.items())


@pytest.mark.parametrize("words", ALL)
def test_every_option_stands_in_its_section_and_none_is_invented(words: str) -> None:
    command = ALL[words]
    named = set(OPTION.findall(sections()[usage(words, command)]))
    assert options(command) - {"--help"} <= named
    assert named <= options(command) | GLOBAL


def test_the_global_options_are_all_there() -> None:
    part = PAGE.partition("## Global options")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(--[a-z-]+)", part, re.MULTILINE)) == GLOBAL


def test_the_exit_codes_are_those_of_the_failures() -> None:
    part = PAGE.partition("## Exit codes")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| (\d+) \| ?`?([a-z-]*)`? ?\|", part, re.MULTILINE))
    kinds = {str(kind.exit_code): kind.code for kind in DockdjError.__subclasses__()}
    assert rows == {**OUR_OWN_CODES, **kinds}


def test_every_field_of_a_record_is_explained() -> None:
    page = (REFERENCE / "release-record.md").read_text(encoding="utf-8")
    document = release(django=service(npm={}, unmanaged={})).document
    for field, value in document.items():
        names = [f"{field}.{name}" for name in value] if field in ("app", "platform") else [field]
        assert all(f"| `{name}` |" in page for name in names), names
    parts = {"### A service": document["services"]["django"], "### Fingerprints": document["fingerprint"]}
    for title, fields in parts.items():
        part = page.partition(title)[2].partition("\n##")[0]
        assert set(re.findall(r"^\| `([a-z_]+)` \|", part, re.MULTILINE)) == set(fields)


def test_the_cloud_has_the_actions_and_options_that_the_page_names() -> None:
    page = (REFERENCE / "local-cloud.md").read_text(encoding="utf-8")
    actions = re.sub(r"\n  ", " ", page.partition("## Actions")[2].partition("Every other action")[0])
    listed = [line for line in actions.splitlines() if line.startswith("- ")]
    assert sorted(re.findall(r"`(\w+)`", "".join(listed))) == sorted(ACTIONS)
    table = page.partition("## Options")[2].partition("Every other option")[0]
    rows, namespace = set(), ""
    for first, names in re.findall(r"^\| (`aws:[^`]+`)? ?\| ([^|]+) \|", table, re.MULTILINE):
        namespace = first.strip("`") or namespace
        rows |= {(namespace, name) for name in re.findall(r"`([^`]+)`", names)}
    assert rows == set(OPTIONS)
