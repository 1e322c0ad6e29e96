"""XML documents of S3 requests and answers. A document with a DTD is refused, because its entities may expand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NoReturn
from xml.etree import ElementTree
from xml.parsers import expat
from xml.sax.saxutils import escape

from dockdj.localcloud.api_error import ApiError

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
DELETED_MAX = 1000
PART_MAX = 10000
CONTROLS = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0d\\x0e-\\x1f\\ufffe\\uffff]")


@dataclass(frozen=True)
class Deletion:
    """The body of a DeleteObjects request."""

    keys: tuple[str, ...]
    quiet: bool


def deletion(body: bytes) -> Deletion:
    """Parse a DeleteObjects request. Raises ApiError (MalformedXML)."""
    root = _root(body, "Delete")
    items = _children(root, "Object")
    keys = tuple(_text(item, "Key") for item in items)
    if not 1 <= len(keys) <= DELETED_MAX or any(_children(item, "VersionId") for item in items):
        raise malformed()
    return Deletion(keys, quiet=any((child.text or "").strip() == "true" for child in _children(root, "Quiet")))


def completion(body: bytes) -> list[int]:
    """The numbers of the parts in the body of a CompleteMultipartUpload request. Raises ApiError (MalformedXML)."""
    parts = _children(_root(body, "CompleteMultipartUpload"), "Part")
    if not parts:
        raise malformed()
    numbers = []
    for part in parts:
        number = _text(part, "PartNumber").strip()
        if not re.fullmatch("[0-9]{1,5}", number) or not 1 <= int(number) <= PART_MAX or not _text(part, "ETag"):
            raise malformed()
        numbers.append(int(number))
    return numbers


def check_bucket_configuration(body: bytes) -> None:
    """Raise ApiError (MalformedXML) unless this is the body of a CreateBucket request, which may be empty."""
    if body.strip():
        _root(body, "CreateBucketConfiguration")


def deletion_result(deleted: Iterable[str], errors: Iterable[tuple[str, str, str]]) -> str:
    """The answer to a DeleteObjects request; an error has a key, a code and a message."""
    results = [f"<Deleted><Key>{escaped(key)}</Key></Deleted>" for key in deleted] + [
        f"<Error><Key>{escaped(key)}</Key><Code>{code}</Code><Message>{escaped(message)}</Message></Error>"
        for key, code, message in errors
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<DeleteResult xmlns="{NAMESPACE}">{"".join(results)}</DeleteResult>'


def escaped(text: str) -> str:
    """Text in XML, with control characters as S3 writes them, although XML 1.0 does not allow them."""
    return CONTROLS.sub(lambda match: f"&#x{ord(match[0]):x};", escape(text))


def with_controls_escaped(document: bytes) -> bytes:
    """A document whose texts may contain raw control characters, with these escaped."""
    return CONTROLS.sub(lambda match: f"&#x{ord(match[0]):x};", document.decode()).encode()


def malformed() -> ApiError:
    """The error for a body that is not the operation's document."""
    return ApiError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


def _root(body: bytes, name: str) -> ElementTree.Element:
    _refuse_dtd(body)
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise malformed() from error
    if _name(root) != name:
        raise malformed()
    return root


def _refuse_dtd(body: bytes) -> None:
    def refuse(*_: object) -> NoReturn:
        raise malformed()

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise malformed() from error


def _children(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [child for child in element if _name(child) == name]


def _text(element: ElementTree.Element, name: str) -> str:
    """The text of the only child of this name. Raises ApiError."""
    texts: Iterator[str] = (child.text or "" for child in _children(element, name))
    text = next(texts, None)
    if text is None or next(texts, None) is not None:
        raise malformed()
    return text


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
