"""A TCP proxy in front of a server, which breaks connections on request."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Lock, Thread

CHUNK = 1 << 16
# Closing sends a reset instead of an end.
RESET = struct.pack("ii", 1, 0)
HELD_SECONDS = 180


@dataclass
class Fault:
    """A fault for connections whose client sends these bytes: an answer, or else a reset; it happens `times` times."""

    marker: bytes
    times: int
    answer: bytes = b""
    happened: int = 0


def http(status: str, body: str = "") -> bytes:
    """An HTTP answer that closes the connection."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: application/json\r\nConnection: close"
    return f"{head}\r\n\r\n{body}".encode()


@dataclass
class Way:
    """The proxy: its address, its faults, and how many bytes it forwarded to the server.

    Bytes with a marker of `held` are forwarded only when the marker's flag is set.
    """

    address: str
    faults: list[Fault] = field(default_factory=list)
    held: dict[bytes, Event] = field(default_factory=dict)
    sent: int = 0
    _lock: Lock = field(default_factory=Lock)

    def fault_of(self, chunk: bytes) -> Fault | None:
        """Choose and count the fault for these bytes; None forwards them."""
        for flag in [flag for marker, flag in self.held.items() if marker in chunk]:
            flag.wait(HELD_SECONDS)
        with self._lock:
            fault = next((each for each in self.faults if each.marker in chunk and each.happened < each.times), None)
            if fault:
                fault.happened += 1
            else:
                self.sent += len(chunk)
            return fault


@contextmanager
def way_to(server: str) -> Iterator[Way]:
    """Run a proxy in front of `server` (host:port) while the context lasts."""
    host, port = server.split(":")

    class Connection(BaseRequestHandler):
        def handle(self) -> None:
            client: socket.socket = self.request
            with socket.create_connection((host, int(port))) as upstream:
                back = Thread(target=_copy, args=(upstream, client), daemon=True)
                back.start()
                with suppress(OSError):
                    while chunk := client.recv(CHUNK):
                        if fault := way.fault_of(chunk):
                            return self._break(client, fault)
                        upstream.sendall(chunk)

        def _break(self, client: socket.socket, fault: Fault) -> None:
            if fault.answer:
                client.sendall(fault.answer)
                client.shutdown(socket.SHUT_WR)
                # A close before the client has sent everything would be a reset, which may overtake the answer.
                while client.recv(CHUNK):
                    pass
            else:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()

    class Server(ThreadingTCPServer):
        daemon_threads = True

        # The faults are deliberate.
        def handle_error(self, request: object, client_address: object) -> None: ...

        # The default shuts down in order before it closes, and sends no reset.
        def shutdown_request(self, request: object) -> None:
            assert isinstance(request, socket.socket)
            request.close()

    with Server(("127.0.0.1", 0), Connection) as proxy:
        way = Way(f"127.0.0.1:{proxy.server_address[1]}")
        Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield way
        finally:
            proxy.shutdown()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(CHUNK):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
