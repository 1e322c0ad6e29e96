"""A real HTTP server on this machine that answers well, or with a fault, and writes down what it is asked."""

import gzip
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Between two bytes of an endless answer.
PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class Answer:
    """A good answer."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Request:
    """A request that reached the server."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Fault = Callable[["Handler", Answer], None]
Respond = Callable[[Request], Answer]
Match = Callable[[Request], bool]


@dataclass
class Server:
    """A server's host:port, the requests that reached it, and its faults: the first that matches a request answers."""

    address: str
    respond: Respond
    requests: list[Request] = field(default_factory=list)
    faults: list[tuple[Match, Fault]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def fail(self, fault: Fault, match: Match = lambda request: True) -> None:
        """Answer requests that match with a fault from now on."""
        self.faults.insert(0, (match, fault))


@contextmanager
def serving(respond: Respond) -> Iterator[Server]:
    """Run a server whose good answers are those of `respond`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        server = Server(f"127.0.0.1:{http.server_address[1]}", respond)
        http.hostile = server  # type: ignore[attr-defined]
        thread = threading.Thread(target=lambda: http.serve_forever(0.02), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            http.shutdown()
            thread.join()


class Handler(BaseHTTPRequestHandler):
    """Answers one connection's requests."""

    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        # A client that refuses an answer closes the connection.
        with suppress(ConnectionError):
            super().handle_one_request()
            return
        self.close_connection = True

    def log_message(self, format: str, *arguments: Any) -> None:
        """Write nothing."""

    def do_GET(self) -> None:
        server: Server = self.server.hostile  # type: ignore[attr-defined]
        if self.headers.get("Expect") == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, dict(self.headers.items()), body)
        server.requests.append(request)
        good = server.respond(request)
        for match, fault in server.faults:
            if match(request):
                fault(self, good)
                return
        self.answer(good)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

    def begin(self, status: int, headers: Mapping[str, str], length: int) -> None:
        """Send a status and headers."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()

    def answer(self, answer: Answer) -> None:
        """Send a whole answer."""
        self.begin(answer.status, answer.headers, len(answer.body))
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def content(body: bytes) -> Fault:
    """Send another body with the headers of the good answer."""
    return lambda handler, good: handler.answer(Answer(body, good.headers, good.status))


def status(code: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Fault:
    """Send another status."""
    return lambda handler, good: handler.answer(Answer(body, headers or {}, code))


def redirect(location: str) -> Fault:
    """Lead to another address."""
    return status(307, {"Location": location})


def truncated(handler: Handler, good: Answer) -> None:
    """End the connection in the middle of the good body."""
    handler.begin(good.status, good.headers, len(good.body))
    if handler.command != "HEAD":
        handler.wfile.write(good.body[: len(good.body) // 2])
    handler.close_connection = True


def slow(handler: Handler, good: Answer) -> None:
    """Send a body of which another byte comes every moment, and never the last."""
    handler.begin(good.status, good.headers, 1_000_000)
    handler.close_connection = True
    server: Server = handler.server.hostile  # type: ignore[attr-defined]
    while handler.command != "HEAD" and not server.closing.wait(PAUSE_SECONDS):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def silent(handler: Handler, good: Answer) -> None:
    """Send nothing at all until the server closes."""
    server: Server = handler.server.hostile  # type: ignore[attr-defined]
    server.closing.wait()
    handler.close_connection = True


def huge(handler: Handler, good: Answer) -> None:
    """Promise a terabyte, and send as much of it as the client takes."""
    handler.begin(good.status, good.headers, 10**12)
    handler.close_connection = True
    server: Server = handler.server.hostile  # type: ignore[attr-defined]
    while handler.command != "HEAD" and not server.closing.is_set():
        handler.wfile.write(b" " * 1_000_000)


def bomb(size: int) -> Fault:
    """Send a small body that decompresses to `size` bytes of spaces."""
    packed = gzip.compress(b" " * size, 1)
    return lambda handler, good: handler.answer(Answer(packed, {**good.headers, "Content-Encoding": "gzip"}))
