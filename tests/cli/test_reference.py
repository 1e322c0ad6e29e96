"""docs/reference agrees with the code: commands, options, defaults, exit codes, record fields, the cloud's actions."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from dockdj.cli.arguments import AliasedOption
from dockdj.cli.main import cli
from dockdj.cli.verbs import GROUPS, VERBS
from dockdj.cli.views.diff.data import data_of
from dockdj.errors import DockdjError
from dockdj.lifecycle.diff.diff import Comparison
from dockdj.localcloud.api import ACTIONS
from dockdj.localcloud.http import query
from dockdj.localcloud.platform.option_rules import OPTIONS
from dockdj.model.diff.changes import diff
from tests.support.records import release, service

REFERENCE = Path(__file__).parents[2] / "docs/reference"
PAGE = (REFERENCE / "commands.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^### `dockdj (?P<usage>[^`]+)`$", re.MULTILINE)
OPTION = re.compile(r"`(--[a-z-]+)")
CODES = {"any", "0", "1", "2", "3", "4", "5", "6", "7", "70", "130"}
OPTIONS_TABLE = "| option | default | effect |"
CODES_TABLE = "| exit code | reason |"
DEFAULT = re.compile(r"\s*\[default: (.*?)\]")
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
    return {name for option in documented(command) for name in option.opts if name.startswith("--")}


def documented(command: click.Command) -> list[click.Option]:
    """A command's options that its help lists."""
    parameters = command.get_params(click.Context(command))
    return [each for each in parameters if isinstance(each, click.Option) and not each.hidden]


@dataclass(frozen=True)
class Row:
    """An option as the page and the help show it: its name with the value, its default, its effect."""

    name: str
    default: str
    effect: str


def row_of(option: click.Option, command: click.Command) -> Row:
    """The row that the page must have for an option."""
    record = option.get_help_record(click.Context(command))
    text = option.help or ""
    default = DEFAULT.search(text)
    shown = default[1] if default else f"{option.default:g}" if isinstance(option.default, float) else ""
    if option.show_default and isinstance(option.default, str):
        shown = option.default
    assert record
    return Row(record[0], shown, DEFAULT.sub("", text))


def table(section: str, head: str) -> list[list[str]]:
    """The rows of a section's table, each a list of cells; empty without the table."""
    lines = section.partition(head + "\n")[2].splitlines()[1:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        cells = line.removeprefix("|").removesuffix("|").replace(r"\|", "\0").split("|")
        rows.append([cell.strip().replace("\0", "|") for cell in cells])
    return rows


def sections() -> dict[str, str]:
    """Usage -> text of its section, which ends at the next heading."""
    headings = HEADING.finditer(PAGE)
    return {each["usage"]: re.split(r"^##", PAGE[each.end() :], maxsplit=1, flags=re.MULTILINE)[0] for each in headings}


ALL = dict(commands(cli))
GLOBAL = options(cli)


def test_commands_page_has_exactly_the_commands() -> None:
    assert {words.split()[0] for words in ALL} == set(VERBS)
    assert sorted(sections()) == sorted(usage(words, command) for words, command in ALL.items())


@pytest.mark.parametrize("words", ALL)
def test_options_table_has_exactly_the_options_and_defaults(words: str) -> None:
    command = ALL[words]
    section = sections()[usage(words, command)]
    rows = [Row(name.strip("`"), default.strip("`"), effect) for name, default, effect in table(section, OPTIONS_TABLE)]
    expected = [row_of(option, command) for option in documented(command) if "--help" not in option.opts]
    assert [(row.name, row.default) for row in rows] == [(row.name, row.default) for row in expected]
    for row, option in zip(rows, expected, strict=True):
        assert row.effect.startswith(option.effect), row


@pytest.mark.parametrize("words", ALL)
def test_section_names_former_options_and_no_unknown_option(words: str) -> None:
    known = {name for command in ALL.values() for name in options(command)} | GLOBAL
    aliases = {
        name for option in documented(ALL[words]) if isinstance(option, AliasedOption) for name in option.aliases
    }
    named = set(OPTION.findall(sections()[usage(words, ALL[words])]))
    assert named <= known | aliases
    assert aliases <= named


@pytest.mark.parametrize("words", ALL)
def test_section_has_a_table_of_known_exit_codes(words: str) -> None:
    rows = table(sections()[usage(words, ALL[words])], CODES_TABLE)
    codes = [code for code, reason in rows if reason]
    assert len(rows) == len(set(codes))
    assert codes and codes[0] in ("0", "any")
    assert set(codes) <= CODES


# Field names in the code: text literals, and fields of dataclasses.
FIELDS = {
    name
    for file in (Path(__file__).parents[2] / "src/dockdj").rglob("*.py")
    for names in re.findall(r"\"(\w+)\"|^    (\w+): ", file.read_text(encoding="utf-8"), re.MULTILINE)
    for name in names
    if name
}
# Services, images, targets and addresses that the examples have by name.
NAMES_IN_EXAMPLES = {"postgres:17", "production", "shop/django:prod"}


def keys(document: object) -> set[str]:
    """All keys of a JSON document."""
    if isinstance(document, dict):
        return {*document} | {key for value in document.values() for key in keys(value)}
    return {key for value in document for key in keys(value)} if isinstance(document, list) else set()


# Their output is no JSON envelope, or they have no JSON at all.
WITHOUT_DATA = {"export", "show", "shell", "rollback", "diff"}


@pytest.mark.parametrize("words", ALL)
def test_section_has_a_json_example(words: str) -> None:
    examples = re.findall(r"```json\n(.*?)```", sections()[usage(words, ALL[words])], re.DOTALL)
    assert bool(examples) == (words not in WITHOUT_DATA)
    for example in examples:
        assert keys(json.loads(example)) <= FIELDS | NAMES_IN_EXAMPLES


def test_commands_page_has_the_groups_of_the_help() -> None:
    parts = dict(re.findall(r"^## ([A-Z][a-z ]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
    for title, verbs in GROUPS.items():
        headings = [each["usage"].split()[0] for each in HEADING.finditer(parts[title])]
        assert list(dict.fromkeys(headings)) == list(verbs)


def test_diff_table_has_exactly_the_fields_of_the_data() -> None:
    older, newer = release("1.0.0"), release("1.1.0")
    compared = Comparison(older, newer, diff(older, newer))
    fields = [re.findall(r"`(\w+)(?:\[\])?`", row[0]) for row in table(sections()["diff A [B]"], "| field | content |")]
    assert sorted(name for names in fields for name in names) == sorted({*data_of(compared)} - {"schema", "from", "to"})


def test_global_options_table_has_exactly_the_global_options() -> None:
    part = PAGE.partition("## Global options")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(--[a-z-]+)", part, re.MULTILINE)) == GLOBAL


def test_exit_code_table_has_exactly_the_failures() -> None:
    part = PAGE.partition("## Exit codes")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| (\d+) \| ?`?([a-z-]*)`? ?\|", part, re.MULTILINE))
    kinds = {str(kind.exit_code): kind.code for kind in DockdjError.__subclasses__()}
    assert rows == {**OUR_OWN_CODES, **kinds}


def test_record_page_explains_every_field() -> None:
    page = (REFERENCE / "release-record.md").read_text(encoding="utf-8")
    document = json.loads(release(django=service(npm={}, unmanaged={})).content)
    for field, value in document.items():
        names = [f"{field}.{name}" for name in value] if field in ("app", "platform") else [field]
        assert all(f"| `{name}` |" in page for name in names), names
    parts = {"### A service": document["services"]["django"], "### Fingerprints": document["fingerprint"]}
    for title, fields in parts.items():
        part = page.partition(title)[2].partition("\n##")[0]
        assert set(re.findall(r"^\| `([a-z_]+)` \|", part, re.MULTILINE)) == set(fields)


def test_local_cloud_page_names_exactly_its_actions_and_options() -> None:
    page = (REFERENCE / "local-cloud.md").read_text(encoding="utf-8")
    states = dict(
        re.findall(r"^\| `(\w+)` \| (whole|partial|refused) \|", page.partition("## Actions")[2], re.MULTILINE)
    )
    assert list(states) == sorted(query.service().operation_names)
    assert sorted(action for action, state in states.items() if state != "refused") == sorted(ACTIONS)
    table = page.partition("## Options")[2].partition("Every other option")[0]
    rows, namespace = set(), ""
    for first, names in re.findall(r"^\| (`aws:[^`]+`)? ?\| ([^|]+) \|", table, re.MULTILINE):
        namespace = first.strip("`") or namespace
        rows |= {(namespace, name) for name in re.findall(r"`([^`]+)`", names)}
    assert rows == set(OPTIONS)
