"""Read `.ebextensions/*.config` as Elastic Beanstalk does: as YAML 1.1, else as JSON.

Elastic Beanstalk reads every folder `.ebextensions` of a source bundle, and the files in it that end in `.config`
(Developer Guide, "Advanced environment customization with configuration files").
"""

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scanner import Scanner

FOLDER = ".ebextensions"
KEYS = frozenset(
    (
        *("option_settings", "Resources", "packages", "sources", "files", "users", "groups", "commands"),
        *("container_commands", "services"),
        # Sections of CloudFormation in Amazon's own samples.
        *("Parameters", "Mappings", "Outputs"),
    )
)
MERGE = "tag:yaml.org,2002:merge"
TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("null", "bool", "int", "float", "binary", "timestamp", "omap", "pairs", "set", "str", "seq", "map")
) | {MERGE, "tag:yaml.org,2002:value"}
# json-simple's names of the tokens that it did not expect.
TOKENS = {
    "{": "LEFT BRACE({)",
    "}": "RIGHT BRACE(})",
    "[": "LEFT SQUARE([)",
    "]": "RIGHT SQUARE(])",
    ",": "COMMA(,)",
    ":": "COLON(:)",
}
BREAKS = "\0\r\n\x85\u2028\u2029"


@dataclass(frozen=True)
class Flaw:
    """A mistake in a line (counted from 1) of a file."""

    line: int
    reason: str


@dataclass(frozen=True)
class Reading:
    """A configuration file as Elastic Beanstalk reads it.

    `error` is the text of Elastic Beanstalk's event if the file fails the deployment; `flaw` is the mistake. `unknown`
    are the top-level keys for which Elastic Beanstalk skips the whole file. `doubles` are repeated keys, of which it
    keeps one section.
    """

    error: str = ""
    flaw: Flaw | None = None
    unknown: tuple[Flaw, ...] = ()
    doubles: tuple[Flaw, ...] = ()


class _Unreadable(Exception):
    """A text is not YAML, or not JSON: `text` is the reader's own message."""

    def __init__(self, text: str, line: int, reason: str) -> None:
        super().__init__(reason)
        self.text = text
        self.flaw = Flaw(line, reason)


class _TabsAreErrors(Scanner):
    """A scanner as Elastic Beanstalk's, which takes no tab for space between tokens, not even inside of brackets."""

    def scan_to_next_token(self) -> None:
        """Move over spaces, comments and line breaks."""
        if self.reader.index == 0 and self.reader.peek() == "\ufeff":
            self.reader.forward()
        while True:
            while self.reader.peek() == " ":
                self.reader.forward()
            if self.reader.peek() == "#":
                while self.reader.peek() not in BREAKS:
                    self.reader.forward()
            if not self.scan_line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True


def is_extension(path: str) -> bool:
    """Tell whether Elastic Beanstalk reads the file at a bundle's path as a configuration file."""
    return PurePosixPath(path).parent.name == FOLDER and path.endswith(".config")


def read(content: bytes, path: str, label: str) -> Reading:
    """Read the configuration file `path` of the application version `label`."""
    where = f"configuration file {path} in application version {label}"
    try:
        node, text = _compose(content)
    except _Unreadable as no_yaml:
        try:
            text = _json(content)
        except _Unreadable as no_json:
            written_as_json = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
            return Reading(
                f"The {where} contains invalid YAML or JSON. YAML exception: Invalid Yaml: {no_yaml.text}, "
                f"JSON exception: Invalid JSON: {no_json.text}. Update the configuration file.",
                no_json.flaw if written_as_json else no_yaml.flaw,
            )
        # JSON has tabs between its tokens only.
        node = _node_of_json(text)
    if node is None:
        return Reading()
    if not isinstance(node, MappingNode):
        reason = "the file is not a map of keys"
        return Reading(f"The {where} is not a map of keys. Update the configuration file.", Flaw(_line(node), reason))
    if wrong := next(_settings_that_are_no_maps(node), None):
        error = f"Each option setting in {where} must be a map. Update each option setting in the configuration file."
        return Reading(error, Flaw(_line(wrong), "an entry of option_settings is not a map"))
    return Reading(unknown=tuple(_unknown_keys(node)), doubles=tuple(_double_keys(node)))


def document(content: bytes) -> Any:
    """The content of a configuration file as plain values; None for a file that Elastic Beanstalk cannot read."""
    try:
        _, text = _compose(content)
    except _Unreadable:
        try:
            return json.loads(_json(content))
        except (_Unreadable, RecursionError):
            return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _yaml().load(text)
    # The reader raises errors of a dozen kinds, from the constructors of numbers, dates and sets.
    except (YAMLError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return None


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    yaml.allow_duplicate_keys = True
    yaml.Scanner = _TabsAreErrors
    return yaml


def _compose(content: bytes) -> tuple[Node | None, str]:
    """The nodes of a YAML document, and its text. Raises _Unreadable."""
    try:
        text = content.decode()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = _yaml().compose(text)
        for inner in _nodes(node):
            _require_known_tag(inner)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _Unreadable(f"byte {error.start} is not UTF-8", line, "the file is not UTF-8") from error
    except RecursionError as error:
        raise _Unreadable("it is nested too deeply", 1, "it is nested too deeply") from error
    except ReaderError as error:
        character = chr(error.character) if isinstance(error.character, int) else str(error.character)
        reason = f"unacceptable character '{character}' (0x{ord(character):X}) special characters are not allowed"
        line = text[: error.position].count("\n") + 1
        raise _Unreadable(f'{reason}\nin "<reader>", position {error.position}', line, ascii(reason)[1:-1]) from error
    except MarkedYAMLError as error:
        raise _of_yaml(error) from error
    except (YAMLError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise _Unreadable(f"{error}", 1, f"{error}") from error
    return node, text


def _of_yaml(error: MarkedYAMLError) -> _Unreadable:
    context, problem = error.context_mark, error.problem_mark
    marks = [(error.context, None if _same_place(context, problem) else context), (error.problem, problem)]
    mark = problem or context
    reason = error.problem or error.context or "it is not YAML"
    return _Unreadable("".join(_sentence(*pair) for pair in marks), mark.line + 1 if mark else 1, reason)


def _same_place(one: Any, other: Any) -> bool:
    return bool(one and other) and (one.line, one.column) == (other.line, other.column)


def _sentence(text: str | None, mark: Any) -> str:
    """A part of a YAML error as Elastic Beanstalk's reader writes it."""
    sentence = f"{text}\n" if text else ""
    if mark is None:
        return sentence
    snippet = mark.get_snippet().removesuffix(f" (line: {mark.line + 1})")
    return f'{sentence} in "<reader>", line {mark.line + 1}, column {mark.column + 1}:\n{snippet}\n'


def _json(content: bytes) -> str:
    """The text of a file that is JSON. Raises _Unreadable in json-simple's words, which Elastic Beanstalk shows."""
    text = content.decode(errors="replace")

    try:
        json.loads(text.lstrip("\ufeff"), parse_constant=partial(_no_constant, text))
    except json.JSONDecodeError as error:
        reason = f"{_unexpected(text, error.pos)} at position {error.pos}."
        raise _Unreadable(reason, text[: error.pos].count("\n") + 1, reason) from error
    except (RecursionError, ValueError) as error:
        raise _Unreadable("it is nested too deeply", 1, "it is nested too deeply") from error
    return text


def _no_constant(text: str, name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python's reader takes."""
    raise json.JSONDecodeError(name, text, text.index(name))


def _unexpected(text: str, position: int) -> str:
    if position >= len(text):
        return "Unexpected token END OF FILE"
    if token := TOKENS.get(text[position]):
        return f"Unexpected token {token}"
    try:
        value, _ = json.JSONDecoder(parse_constant=partial(_no_constant, text)).raw_decode(text, position)
    except ValueError:
        return f"Unexpected character ({text[position]})"
    return f"Unexpected token VALUE({value})"


def _node_of_json(text: str) -> Node | None:
    """The nodes of a JSON text, with its lines; None where YAML cannot show them."""
    try:
        return _compose(text.replace("\t", " ").encode())[0]
    except _Unreadable:
        return None


def _nodes(node: Node | None) -> Iterator[Node]:
    """A node and all nodes in it, each once; an alias repeats a node."""
    seen: set[int] = set()
    waiting = [node] if node is not None else []
    while waiting:
        inner = waiting.pop()
        if id(inner) in seen:
            continue
        seen.add(id(inner))
        yield inner
        if isinstance(inner, MappingNode):
            waiting += [part for pair in inner.value for part in pair]
        elif isinstance(inner, SequenceNode):
            waiting += inner.value


def _require_known_tag(node: Node) -> None:
    """Raise MarkedYAMLError for a tag such as `!Ref`, which Elastic Beanstalk's reader cannot construct."""
    if str(node.tag) not in TAGS:
        raise MarkedYAMLError(None, None, f"could not determine a constructor for the tag {node.tag}", node.start_mark)


def _unknown_keys(node: MappingNode) -> Iterator[Flaw]:
    for key, _ in node.value:
        if not isinstance(key, ScalarNode) or (key.value not in KEYS and str(key.tag) != MERGE):
            yield Flaw(_line(key), str(key.value) if isinstance(key, ScalarNode) else "a list or a map")


def _double_keys(node: MappingNode) -> Iterator[Flaw]:
    for table in _nodes(node):
        lines: dict[str, int] = {}
        for key, _ in table.value if isinstance(table, MappingNode) else ():
            if not isinstance(key, ScalarNode) or str(key.tag) == MERGE:
                continue
            if key.value in lines:
                yield Flaw(_line(key), f"{key.value} is already in line {lines[key.value]}")
            lines.setdefault(key.value, _line(key))


def _settings_that_are_no_maps(node: MappingNode) -> Iterator[Node]:
    for key, settings in node.value:
        if key.value == "option_settings" and isinstance(settings, SequenceNode):
            yield from (entry for entry in settings.value if not isinstance(entry, MappingNode))


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
