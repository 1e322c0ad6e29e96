"""A program inside a container that stays and answers, line by line: nothing starts for a question.

Docker sends its output in frames: eight bytes with the stream and the length, then the data. An answer ends with END.
The program ends when its input ends, so a killed server leaves none behind.
"""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, field

END = b"\0\n"
HEADER = struct.Struct(">BxxxI")
READ_BYTES = 1 << 16


class Silent(Exception):
    """The program has ended, or did not answer in time."""


@dataclass
class Program:
    """The connection to a running program."""

    connection: socket.socket
    received: bytearray = field(default_factory=bytearray)
    """Bytes of frames that are not complete."""
    output: bytearray = field(default_factory=bytearray)

    def ask(self, question: str, seconds: float) -> str:
        """Send a line and return the answer. Raises Silent; the program is of no use afterwards."""
        self.send(question)
        return self.answer(time.monotonic() + seconds)

    def send(self, question: str) -> None:
        """Send a line. Raises Silent."""
        try:
            self.connection.sendall(question.encode() + b"\n")
        except OSError as error:
            raise Silent(str(error)) from error

    def answer(self, deadline: float) -> str:
        """The answer to the line that was sent, by this time of the monotonic clock. Raises Silent."""
        while END not in self.output:
            self._receive(deadline - time.monotonic())
        text, _, rest = bytes(self.output).partition(END)
        self.output = bytearray(rest)
        return text.decode(errors="replace")

    def close(self) -> None:
        """End the program by the end of its input."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()

    def _receive(self, seconds: float) -> None:
        """Read some bytes and unpack the frames that are complete."""
        if seconds <= 0:
            raise Silent("no answer in time")
        try:
            self.connection.settimeout(seconds)
            data = self.connection.recv(READ_BYTES)
        except OSError as error:
            raise Silent(str(error)) from error
        if not data:
            raise Silent("the program has ended")
        self.received += data
        while len(self.received) >= HEADER.size:
            _, length = HEADER.unpack_from(self.received)
            end = HEADER.size + length
            if len(self.received) < end:
                return
            self.output += self.received[HEADER.size : end]
            del self.received[:end]
