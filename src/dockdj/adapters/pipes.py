"""Exchange data with a running program through its pipes, in both directions at once and within a time limit."""

import codecs
import contextlib
import io
import os
import selectors
import time
from collections.abc import Callable, Mapping
from typing import IO

CHUNK_BYTES = 65536
# A longer wait than the system's selectors accept would be an OverflowError.
LONGEST_WAIT_SECONDS = 3600.0


class Expired(Exception):
    """The time limit passed."""


class Text:
    """Text from bytes that arrive in pieces: UTF-8, with any line end as `\\n` and U+FFFD for other bytes."""

    def __init__(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._parts: list[str] = []

    def add(self, content: bytes) -> None:
        """Take the next bytes; none at all are the end."""
        self._parts.append(self._decoder.decode(content, final=not content))

    def __str__(self) -> str:
        return "".join(self._parts)


class Lines(Text):
    """Text that passes each line to `receive` as soon as it is complete, and the last one at the end."""

    def __init__(self, receive: Callable[[str], None]) -> None:
        super().__init__()
        self._receive = receive

    def add(self, content: bytes) -> None:
        super().add(content)
        if not content or "\n" in self._parts[-1]:
            *lines, rest = str(self).split("\n")
            self._parts = [rest] if content else []
            for line in [*lines, *([rest] if rest and not content else [])]:
                self._receive(line)


def exchange(
    stdin: IO[bytes] | None, content: bytes, outputs: Mapping[IO[bytes], Callable[[bytes], None]], deadline: float
) -> None:
    """Write `content` to `stdin` and pass each output's bytes to its receiver, until every pipe is closed.

    A receiver gets empty bytes at the end. `deadline` is a moment of `time.monotonic()`. Raises Expired.
    """
    with selectors.DefaultSelector() as selector:
        for pipe, receive in outputs.items():
            selector.register(pipe, selectors.EVENT_READ, receive)
        if stdin is not None:
            os.set_blocking(stdin.fileno(), False)
            selector.register(stdin, selectors.EVENT_WRITE)
        rest = memoryview(content)
        while selector.get_map():
            for key, _ in selector.select(min(remaining(deadline), LONGEST_WAIT_SECONDS)):
                if key.fileobj is stdin:
                    rest = _written(stdin, rest)
                    if not rest:
                        selector.unregister(stdin)
                        _close(stdin)
                else:
                    received = os.read(key.fd, CHUNK_BYTES)
                    if not received:
                        selector.unregister(key.fileobj)
                    key.data(received)


def remaining(deadline: float) -> float:
    """The seconds until a moment of `time.monotonic()`. Raises Expired after it."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise Expired
    return seconds


def _written(pipe: IO[bytes], content: memoryview) -> memoryview:
    """Write what fits into a pipe; return the rest. A program that closed its end gets nothing more."""
    try:
        return content[os.write(pipe.fileno(), content[:CHUNK_BYTES]) :]
    except BlockingIOError:
        return content
    except BrokenPipeError:
        # A program that ends before it read everything explains itself by its status and output.
        return content[:0]


def _close(pipe: IO[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError):
        pipe.close()
