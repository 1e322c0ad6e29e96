"""Compose files as YAML: read, written, and searched for the lines of their parts."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import ReusedAnchorWarning, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from dockdj.errors import ProjectError
from dockdj.model.json_document import DEEPEST, require_shallow

# No compose file has a hundredth of these nodes. Aliases of aliases multiply them.
MOST_NODES = 50_000


def parse(text: str, name: str) -> Any:
    """The document in a compose file's text. Raises ProjectError, naming the file, if it is not YAML."""
    return _load(_reader(), text, name)


def line_of(text: str, keys: Sequence[str | int]) -> int | None:
    """The line, from 1, of a part of a compose file's text; None if the text does not have the part itself.

    A part that a merge key brings has the line where it is written.
    """
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except (YAMLError, RecursionError, ValueError):
        return None
    line = None
    for key in keys:
        line, node = _part(node, key)
        if line is None:
            return None
    return line


def _part(node: Node | None, key: str | int) -> tuple[int | None, Node | None]:
    if isinstance(node, SequenceNode):
        items = node.value
        item = items[key] if isinstance(key, int) and key < len(items) else None
        return (item.start_mark.line + 1, item) if item is not None else (None, None)
    merged: list[Node] = []
    for name, value in node.value if isinstance(node, MappingNode) else ():
        if isinstance(name, ScalarNode) and name.value == str(key):
            return name.start_mark.line + 1, value
        if isinstance(name, ScalarNode) and name.value == "<<":
            merged += value.value if isinstance(value, SequenceNode) else [value]
    for other in merged:
        line, value = _part(other, key)
        if line is not None:
            return line, value
    return None, None


def text_of(document: Any) -> str:
    """The text of a document, which every version of Compose reads alike: in blocks, and all texts in quotes.

    YAML 1.1 and 1.2 read some texts without quotes differently: `yes`, `0123`, `1_000`.
    """
    yaml = YAML(pure=True)
    yaml.default_flow_style = False
    yaml.width = 4096
    stream = StringIO()
    yaml.dump(_quoted(document), stream)
    return stream.getvalue()


def _quoted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _quoted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_quoted(inner) for inner in value]
    return DoubleQuotedScalarString(value) if isinstance(value, str) else value


def _reader() -> YAML:
    """A reader of YAML with Compose's own tags (Compose specification, "Merge"), which say how files are merged."""
    yaml = YAML(typ="safe")
    yaml.constructor.add_constructor("!reset", lambda constructor, node: None)
    yaml.constructor.add_constructor("!override", _untagged)
    return yaml


def _untagged(constructor: Any, node: Node) -> Any:
    if isinstance(node, MappingNode):
        return constructor.construct_mapping(node, deep=True)
    if isinstance(node, SequenceNode):
        return constructor.construct_sequence(node, deep=True)
    return constructor.construct_scalar(node)


def _load(yaml: YAML, text: str, name: str) -> Any:
    """The document in a text, as this reader makes it. Raises ProjectError for any text that has no plain document."""
    try:
        _check_size(text)
        with warnings.catch_warnings():
            # An anchor may be used twice (YAML 1.2, 3.2.2.2).
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            document = yaml.load(text)
        require_shallow(document)
        _check_texts(document)
    # The reader raises errors of a dozen kinds, from the constructors of numbers, dates and sets.
    except (YAMLError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        cause = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise ProjectError(f"{name} is not valid YAML: {cause}", hint=f"correct {name}") from error
    return document


def _check_size(text: str) -> None:
    """Raise ValueError for a text whose document would have no end. Reads its events, so only where it is needed."""
    if "*" not in text and text.count("[") + text.count("{") <= DEEPEST:
        return
    sizes: dict[str, int] = {}
    # The anchors and sizes of the collections that are open.
    open_nodes: list[tuple[str, int]] = [("", 0)]
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, CollectionStartEvent):
            open_nodes.append((event.anchor or "", 1))
        elif isinstance(event, AliasEvent | ScalarEvent | CollectionEndEvent):
            size = 1
            if isinstance(event, AliasEvent):
                if any(event.anchor == anchor for anchor, _ in open_nodes):
                    raise ValueError(f"the alias *{event.anchor} contains itself")
                size = sizes.get(event.anchor, 1)
            elif isinstance(event, CollectionEndEvent):
                anchor, size = open_nodes.pop()
                sizes[anchor] = size
            elif event.anchor:
                sizes[event.anchor] = 1
            open_nodes[-1] = (open_nodes[-1][0], open_nodes[-1][1] + size)
        if len(open_nodes) > DEEPEST or open_nodes[-1][1] > MOST_NODES:
            raise ValueError("it is too large or nested too deeply, with its aliases in place")


def _check_texts(document: Any) -> None:
    """Raise ValueError for a text that no path, program or file can hold."""
    pending = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            if any(isinstance(key, Collection) and not isinstance(key, str) for key in value):
                raise ValueError("a key is a list or a table")
            pending += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set):
            pending += value
        elif isinstance(value, str):
            value.encode()
            if "\0" in value:
                raise ValueError("a text holds a NUL")
