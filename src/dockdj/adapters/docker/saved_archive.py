"""The files in an archive of `docker image save`, by name.

The standard library's tarfile loops forever on some damaged headers, so the archive is read by `tar_stream`.
"""

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import IO, Any

from dockdj.adapters.inventory.tar_stream import FILE, HARD_LINK, LINK, members
from dockdj.errors import CommandFailed
from dockdj.model import json_document

# A registry takes manifests of four MiB; configurations are of that size, too.
LARGEST_DOCUMENT = 1 << 24
# Engines before 25 write a layer that two images share once, and links to it.
LONGEST_CHAIN = 8


@dataclass(frozen=True)
class _Place:
    offset: int
    size: int


class SavedArchive:
    """An archive that can seek. Only its headers are read at first. Raises CommandFailed for a malformed archive."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._places: dict[str, _Place] = {}
        self._links: dict[str, str] = {}
        stream.seek(0)
        for member in members(stream):
            if member.kind == FILE:
                self._places[member.name] = _Place(member.offset, member.size)
            elif member.kind == LINK:
                self._links[member.name] = normpath(join(dirname(member.name), member.target))
            elif member.kind == HARD_LINK:
                self._links[member.name] = normpath(member.target)

    def open(self, name: str) -> IO[bytes]:
        """The content of a file, from its start. Raises CommandFailed for a missing file."""
        place = self._place(name)
        if place is None:
            raise malformed(f"it has no file {name}")
        return io.BufferedReader(_Section(self._stream, place))

    def document(self, name: str) -> Any:
        """The JSON document in a file. Raises CommandFailed for a missing, malformed or unusually large file."""
        with self.open(name) as file:
            content = file.read(LARGEST_DOCUMENT + 1)
        if len(content) > LARGEST_DOCUMENT:
            raise malformed(f"{name} has more than {LARGEST_DOCUMENT} bytes")
        try:
            return json_document.parse(content)
        except ValueError as error:
            raise malformed(f"{name} is not JSON: {error}") from error

    def _place(self, name: str) -> _Place | None:
        links: Mapping[str, str] = self._links
        for _ in range(LONGEST_CHAIN):
            if name in self._places or name not in links:
                break
            name = links[name]
        return self._places.get(name)


def malformed(reason: str) -> CommandFailed:
    """The error about an archive that no engine writes."""
    return CommandFailed(f"the engine's archive is malformed: {reason}", hint="docker version; then again")


class _Section(io.RawIOBase):
    """A part of a stream. Every read seeks first, so that several sections of a stream can be read in turn."""

    def __init__(self, stream: IO[bytes], place: _Place) -> None:
        self._stream = stream
        self._place = place
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._place.size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        self._stream.seek(self._place.offset + self._position)
        content = self._stream.read(max(0, min(len(buffer), self._place.size - self._position)))
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)
