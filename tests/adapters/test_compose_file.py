import pytest

from dockdj.adapters.compose_file import line_of, parse, text_of
from dockdj.errors import ProjectError


def test_invalid_yaml_is_refused_with_the_files_name() -> None:
    with pytest.raises(ProjectError, match=r"compose\.yml is not valid YAML"):
        parse("a: [", "compose.yml")


def bomb(form: str) -> str:
    """A table whose aliases multiply by nine with every line."""
    lines = [f"k{n}: &k{n} " + form % ", ".join([f"*k{n - 1}"] * 9) for n in range(1, 9)]
    return "\n".join(["k0: &k0 {a: 1}", *lines])


MALFORMED = {
    "lists that multiply": bomb("[%s]"),
    "tables that multiply": bomb("{<<: [%s]}"),
    "an alias that contains itself": "a: &a [*a]",
    "nested too deeply": "a: " + "[" * 3000,
    "nested deeply and closed": "a: " + "[" * 300 + "]" * 300,
    "nested deeply in lines": "- " * 3000,
    "a number of 5,000 digits": "a: " + "9" * 5000,
    "a date that does not exist": "a: 2001-99-99",
    "a table as a key": "? {a: b}\n: c",
    "a list as a key": "? [a]\n: b",
    "a NUL": 'a: "\\0"',
    "half of a surrogate pair": 'a: "\\ud800"',
    "not base64": "a: !!binary x",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_text_without_a_plain_document_is_refused(text: str) -> None:
    with pytest.raises(ProjectError, match=r"compose\.yml is not valid YAML"):
        parse(text, "compose.yml")


def test_anchors_of_a_usual_file_are_read() -> None:
    assert parse("a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: *a", "compose.yml") == {
        "a": {"x": 1},
        "b": {"x": 1, "y": 2},
        "c": {"x": 1},
    }


LINES = """\
x-app: &app
  build: .
services:
  web:
    <<: *app
    volumes:
      - a:/a
      - {type: bind,
         source: ./b}
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("services", "web"), 4),
        (("services", "web", "volumes", 1), 8),
        (("services", "web", "volumes", 1, "source"), 9),
        (("services", "web", "build"), 2),
        (("services", "web", "ports"), None),
        (("services", "worker", "build"), None),
        (("services", "web", "volumes", 7), None),
    ],
)
def test_a_part_has_the_line_where_it_is_written(keys: tuple[str | int, ...], line: int | None) -> None:
    assert line_of(LINES, keys) == line


def test_written_text_is_read_alike_by_yaml_1_1_and_1_2() -> None:
    document = {"a": ["yes", "0123", "1_000", "~", "12:30", "a: b", "é\n\tx", ""], "b": {"c": 1, "d": None, "e": True}}
    text = text_of(document)
    assert parse(text, "f") == document
    assert '- "yes"' in text


def test_tags_of_compose_are_read() -> None:
    text = "a: !override [x]\nb: !reset {c: d}\ne: !override {f: g}\nh: !override i"
    assert parse(text, "f") == {"a": ["x"], "b": None, "e": {"f": "g"}, "h": "i"}
