"""A way to a server that breaks as it is told: a TCP proxy on this machine."""

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
    """What happens, `times` times, to a connection whose client sends these bytes: an answer, or else a reset."""

    marker: bytes
    times: int
    answer: bytes = b""
    happened: int = 0


def http(status: str, body: str = "") -> bytes:
    """A server's answer, after which it hangs up."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: application/json\r\nConnection: close"
    return f"{head}\r\n\r\n{body}".encode()


@dataclass
class Way:
    """The proxy: its address, the faults to come, and how many bytes went through to the server.

    What holds one of the markers in `held` goes on only when its flag is set.
    """

    address: str
    faults: list[Fault] = field(default_factory=list)
    held: dict[bytes, Event] = field(default_factory=dict)
    sent: int = 0
    _lock: Lock = field(default_factory=Lock)

    def judged(self, chunk: bytes) -> Fault | None:
        """What is to happen to these bytes, counted as having happened; without a fault they go on."""
        for flag in [flag for marker, flag in self.held.items() if marker in chunk]:
            flag.wait(HELD_SECONDS)
        with self._lock:
            fault = next((one for one in self.faults if one.marker in chunk and one.happened < one.times), None)
            if fault:
                fault.happened += 1
            else:
                self.sent += len(chunk)
            return fault


@contextmanager
def way_to(server: str) -> Iterator[Way]:
    """A proxy before `server` (host:port), for as long as the context lasts."""
    host, port = server.split(":")

    class Connection(BaseRequestHandler):
        def handle(self) -> None:
            client: socket.socket = self.request
            with socket.create_connection((host, int(port))) as upstream:
                back = Thread(target=_copy, args=(upstream, client), daemon=True)
                back.start()
                with suppress(OSError):
                    while chunk := client.recv(CHUNK):
                        if fault := way.judged(chunk):
                            return self._break(client, fault)
                        upstream.sendall(chunk)

        def _break(self, client: socket.socket, fault: Fault) -> None:
            if fault.answer:
                client.sendall(fault.answer)
                client.shutdown(socket.SHUT_WR)
                # Closed before the client has said all, it would be a reset, which may overtake the answer.
                while client.recv(CHUNK):
                    pass
            else:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()

    class Server(ThreadingTCPServer):
        daemon_threads = True

        # What is broken here is broken on purpose.
        def handle_error(self, request: object, client_address: object) -> None: ...

        # The default says goodbye before it closes: no reset then.
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
