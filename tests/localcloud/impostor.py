"""A program of another user on a port of the local cloud: it records every byte and answers as the cloud would."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

BODY = json.dumps({"pid": 1, "busy": 0, "port": 1, "url": "postgres://impostor", "environments": []}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


@dataclass
class Impostor:
    """The port and everything that was sent to it."""

    port: int
    chunks: list[bytes] = field(default_factory=list)

    @property
    def received(self) -> bytes:
        return b"".join(self.chunks)


@contextmanager
def impostor(port: int = 0) -> Iterator[Impostor]:
    """Listen on this port of 127.0.0.1, or on a free port."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        program = Impostor(listener.getsockname()[1])

        def serve() -> None:
            # Closing the listener ends the loop.
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        connection.settimeout(5)
                        program.chunks.append(connection.recv(1 << 20))
                        connection.sendall(ANSWER)

        Thread(target=serve, daemon=True).start()
        try:
            yield program
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
