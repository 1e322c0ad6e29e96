"""The texts that the rules read: nothing that a user can see is left out."""

import ast
from pathlib import Path

import click
import pytest

from tests.house import texts
from tests.house.__main__ import ROOT
from tests.house.texts import Text


def literals(source: str) -> list[str]:
    return [text.text for text in texts.literals_of("file.py", ast.parse(source))]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('raise Refused("it is said")', "it is said"),
        ('raise Refused(message, hint="it is said")', "it is said"),
        ('raise Refused("it is " "said")', "it is said"),
        ('raise Refused(f"{name} is none")', "… is none"),
        ('HINT = "it is said"', "it is said"),
        ("f\"{', '.join(names) or 'is none'}\"", "is none"),
        ('def f():\n  """Docstring."""\n  return "it is said"', "it is said"),
        ('report(Warning("it is said"))', "it is said"),
    ],
)
def test_literals_are_read(source: str, text: str) -> None:
    assert text in literals(source)


def test_docstrings_are_not_literals() -> None:
    assert literals('"""Module."""\nclass A:\n  """Class."""\n  def f(self):\n    """Function."""') == []


def test_docstrings_are_read_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "src/dockdj/file.py"
    file.parent.mkdir(parents=True)
    file.write_text('"""Module."""\n\n\nclass A:\n    """Class."""\n\n    def f(self):\n        """Function."""\n')
    places = [(text.line, text.text) for text in texts.docstrings(tmp_path)]
    assert sorted(places) == [(1, "Module."), (5, "Class."), (8, "Function.")]


def test_help_pages_hold_descriptions_options_and_examples_of_every_command() -> None:
    @click.group()
    def cloud() -> None:
        """Run a cloud."""

    @cloud.command(epilog="Example: cloud up")
    @click.option("--port", help="Port to listen on, " + "which is long " * 20)
    def up(port: str) -> None:
        """Start the cloud."""

    pages = {text.path: text.text for text in texts.help_pages(cloud, "cloud")}
    assert set(pages) == {"`cloud --help`", "`cloud up --help`"}
    assert "Run a cloud." in pages["`cloud --help`"]
    for words in ("Start the cloud.", "Port to listen on, " + ("which is long " * 20).strip(), "Example: cloud up"):
        assert words in pages["`cloud up --help`"]


def test_only_the_unreleased_part_of_the_changelog_is_read() -> None:
    changelog = "# Changelog\nanew\n\n## [Unreleased]\n\n### Added\n- one\n\n## [1.0.0]\n- anew\n"
    assert texts.unreleased(changelog) == Text("CHANGELOG.md", 4, "## [Unreleased]\n\n### Added\n- one\n")


def test_the_pages_are_the_readme_the_documentation_and_the_recipes() -> None:
    paths = {text.path for text in texts.documentation(ROOT)}
    assert {
        "README.md",
        "CHANGELOG.md",
        "docs/reference/commands.md",
        "src/dockdj/recipe/project/README.md.jinja",
    } <= paths
