"""JSON that others wrote: one kind of failure, ValueError, whatever the text and its shape.

The json module alone also raises RecursionError, and accepts NaN and texts that are not Unicode. Both break code that
uses the document later, far from the file.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

# No document of ours, of Docker or of npm has a tenth of these levels.
DEEPEST = 200
# Only an escaped surrogate can be without its other half.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(content: bytes | str) -> Any:
    """The document in a JSON text. Raises ValueError for other text, and for numbers and texts that JSON lacks."""
    # The json module reads bytes in other encodings, and with halves of surrogate pairs.
    text = content if isinstance(content, str) else content.decode()
    text.encode()
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    require_shallow(document)
    if _SURROGATE.search(text):
        require_unicode(document)
    return document


def require_unicode(document: Any) -> None:
    """Raise ValueError for a text with half of a surrogate pair: JSON can write it, and nothing can print it."""
    json.dumps(document, ensure_ascii=False).encode()


def table(value: Any, name: str = "the document") -> Mapping[str, Any]:
    """A JSON object. Raises ValueError for another value; `name` says which."""
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not a table")
    return value


def items(value: Any, name: str = "the document") -> list[Any]:
    """A JSON array. Raises ValueError for another value."""
    if not isinstance(value, list):
        raise ValueError(f"{name} is not a list")
    return value


def text(fields: Mapping[str, Any], name: str) -> str:
    """A field that is text. Raises ValueError for another value, and for a missing field."""
    if not isinstance(value := fields.get(name), str):
        raise ValueError(f"`{name}` is not text")
    return value


def texts(value: Any, name: str = "the document") -> tuple[str, ...]:
    """An array of texts. Raises ValueError for another value."""
    if not all(isinstance(item, str) for item in items(value, name)):
        raise ValueError(f"{name} is not a list of texts")
    return tuple(value)


def text_table(value: Any, name: str = "the document") -> dict[str, str]:
    """An object whose values are texts. Raises ValueError for another value."""
    if not all(isinstance(item, str) for item in table(value, name).values()):
        raise ValueError(f"{name} is not a table of texts")
    return dict(value)


def number(fields: Mapping[str, Any], name: str) -> int:
    """A field that is an integer, not negative. Raises ValueError for another value, and for a missing field."""
    value = fields.get(name)
    if type(value) is not int or value < 0:
        raise ValueError(f"`{name}` is not a number")
    return value


def require_shallow(document: Any) -> None:
    """Raise ValueError for a document with more levels than any real one: code that walks through it may recurse."""
    level = [document]
    for _ in range(DEEPEST):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise ValueError("nested too deeply")


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")
