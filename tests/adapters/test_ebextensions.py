"""Configuration files as Elastic Beanstalk reads them.

The sentences of its events are those of awsdocs/elastic-beanstalk-samples #90 and of
awsdocs/aws-elastic-beanstalk-developer-guide #60, #93 and #126. PyYAML has the
grammar of SnakeYAML, the platform's own reader.
"""

import pytest
import yaml  # type: ignore[import-untyped]

from dockdj.adapters import ebextensions
from dockdj.adapters.ebextensions import document, read

PATH = ".ebextensions/10.config"
INVALID = (
    "The configuration file .ebextensions/10.config in application version v1 contains invalid YAML or JSON. "
    "YAML exception: Invalid Yaml: "
)


def error(text: str) -> str:
    return read(text.encode(), PATH, "v1").error


def test_the_error_of_a_wrong_indent_is_the_platforms() -> None:
    text = """files:
    "/usr/local/bin/one":
     mode: "1"
   "/usr/local/bin/two":
     mode: "1"
"""
    assert error(text) == INVALID + (
        'while parsing a block mapping\n in "<reader>", line 1, column 1:\n    files:\n    ^\n'
        "expected <block end>, but found '<block mapping start>'\n"
        ' in "<reader>", line 4, column 4:\n       "/usr/local/bin/two":\n       ^\n'
        ", JSON exception: Invalid JSON: Unexpected character (f) at position 0.. Update the configuration file."
    )


def test_the_error_of_a_missing_colon_is_the_platforms() -> None:
    text = "# x\noption_settings:\n    aws:elasticbeanstalk:cloudwatch:logs\n        option_name: StreamLogs\n"
    assert error(text) == INVALID + (
        'mapping values are not allowed here\n in "<reader>", line 4, column 20:\n'
        "            option_name: StreamLogs\n                       ^\n"
        ", JSON exception: Invalid JSON: Unexpected character (#) at position 0.. Update the configuration file."
    )


def test_the_error_of_a_binary_file_is_the_platforms() -> None:
    assert error("\0\0") == INVALID + (
        "unacceptable character '\0' (0x0) special characters are not allowed\nin \"<reader>\", position 0"
        ", JSON exception: Invalid JSON: Unexpected character (\0) at position 0.. Update the configuration file."
    )


def test_the_error_of_a_setting_that_is_no_map_is_the_platforms() -> None:
    assert error("option_settings: [x]\n") == (
        "Each option setting in configuration file .ebextensions/10.config in application version v1 must be a map. "
        "Update each option setting in the configuration file."
    )


READABLE = [
    "",
    "# nothing yet\n",
    "\ufeffcommands: {}\n",
    '{"commands": {"a": {"command": "x"}}}',
    "commands:\n  1: {command: x}\n  010: {command: y}\n  2.5: {command: z}\n",
    "commands: &c {}\ncontainer_commands: *c\n",
    "commands: {a: {command: 'tab\there'}}\n# a\tcomment\n",
    "commands:\n  a:\n    command: |\n      if x; then\n      \ty\n      fi\n",
    'Resources: {Q: {Properties: {Name: \'`{"Ref": "AWSEBEnvironmentName"}`\'}}}\n',
    "%YAML 1.1\n---\ncommands: {}\n",
    "files: {/etc/x: {mode: 0644, content: 2001-12-14}}\n",
]


@pytest.mark.parametrize("text", READABLE, ids=range(len(READABLE)))
def test_valid_files_have_no_mistake(text: str) -> None:
    yaml.safe_load(text)
    assert read(text.encode(), PATH, "v1") == ebextensions.Reading()


BROKEN = [
    ("commands:\n\ta: {command: x}\n", 2),
    ("commands:\ta\n", 1),
    ("commands: {\n\ta: {command: x}\n}\n", 2),
    ("commands: {a: x}\t\n", 1),
    ("commands: [\n", 2),
    ("commands: x: y\n", 1),
    ("commands:\n  a: 'it''s\n", 3),
    ("Resources:\n  Q:\n    Name: !Ref X\n", 3),
    ("commands: {}\n---\nfiles: {}\n", 2),
    ("commands: `x`\n", 1),
    ("commands: *nobody\n", 1),
    ('commands: {a: {command: "\\q"}}\n', 1),
    ("commands:\n  a:\n    command: x\n   env: y\n", 4),
    ("%FOO\n%YAML x\n---\ncommands: {}\n", 2),
]


@pytest.mark.parametrize(("text", "line"), BROKEN, ids=range(len(BROKEN)))
def test_what_yaml_refuses_is_an_error_with_its_line(text: str, line: int) -> None:
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(text)

    reading = read(text.encode(), PATH, "v1")

    assert reading.error.startswith(INVALID)
    assert reading.flaw is not None and reading.flaw.line == line
    assert document(text.encode()) is None


def test_json_that_is_no_yaml_is_read() -> None:
    text = '{\n\t"option_settings": [\n\t\t{"option_name": "A", "value": "b"}\n\t]\n}\n'
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(text)
    assert read(text.encode(), PATH, "v1") == ebextensions.Reading()
    assert document(text.encode()) == {"option_settings": [{"option_name": "A", "value": "b"}]}


@pytest.mark.parametrize(
    ("text", "line", "json"),
    [
        ('{\n\t"commands": {},\n\t"files" {}\n}', 3, "Unexpected token LEFT BRACE({) at position 28."),
        ('{\n\t"commands": {},\n\tfiles: {}\n}', 3, "Unexpected character (f) at position 20."),
        ('{\n\t"commands": {"a": 1 2}\n}', 2, "Unexpected token VALUE(2) at position 23."),
        ('{\n\t"commands": {}', 2, "Unexpected token END OF FILE at position 17."),
        ('{\n\t"commands": NaN\n}', 2, "Unexpected character (N) at position 15."),
    ],
)
def test_a_mistake_in_json_has_its_own_line(text: str, line: int, json: str) -> None:
    reading = read(text.encode(), PATH, "v1")
    assert f"JSON exception: Invalid JSON: {json}. Update" in reading.error
    assert reading.flaw == ebextensions.Flaw(line, json)


@pytest.mark.parametrize(
    "content", ["# Grüße".encode("latin-1"), b"commands: {}\n# \xff\n", b"[" * 5000, b"- a\n", b"5"]
)
def test_other_content_is_an_error(content: bytes) -> None:
    reading = read(content, PATH, "v1")
    assert PATH in reading.error and reading.flaw


def test_unknown_keys_are_named_with_their_lines() -> None:
    reading = read(b"option_settings: {}\n\nOptionSettings: {}\n1: x\n", PATH, "v1")
    assert (reading.error, reading.doubles) == ("", ())
    assert reading.unknown == (ebextensions.Flaw(3, "OptionSettings"), ebextensions.Flaw(4, "1"))


@pytest.mark.parametrize(
    ("text", "doubles"),
    [
        ("commands: {}\nfiles: {}\ncommands: {}\n", ["3: commands is already in line 1"]),
        ("commands: {a: {}, a: {}}\n", ["1: a is already in line 1"]),
        ("files:\n  /x: {mode: 1}\n  /y: {}\n  '/x': {}\n", ["4: /x is already in line 2"]),
        ('{\n\t"files": {\n\t\t"/x": 1,\n\t\t"/x": 2\n\t}\n}', ["4: /x is already in line 3"]),
        ("commands: &c {a: {}}\ncontainer_commands:\n  <<: *c\n  a: {}\n", []),
        ("commands: &c {}\nfiles: &f {}\nservices: {<<: *c, <<: *f}\n", []),
        ("commands: {1: {}, '1': {}}\n", ["1: 1 is already in line 1"]),
    ],
)
def test_keys_that_are_there_twice_are_named_with_both_lines(text: str, doubles: list[str]) -> None:
    reading = read(text.encode(), PATH, "v1")
    assert [f"{flaw.line}: {flaw.reason}" for flaw in reading.doubles] == doubles


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".ebextensions/a.config", True),
        (".ebextensions/.config", True),
        ("__MACOSX/shop/.ebextensions/._a.config", True),
        (".ebextensions/more/a.config", False),
        (".ebextensions/a.config.bak", False),
        (".ebextensions/a.CONFIG", False),
        ("ebextensions/a.config", False),
    ],
)
def test_configuration_files_are_those_in_folders_of_the_name(path: str, expected: bool) -> None:
    assert ebextensions.is_extension(path) is expected
