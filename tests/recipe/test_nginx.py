"""nginx finds django on both kinds of Docker network, and passes the right headers."""

import json
import re
import select
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from tests.recipe.conftest import Shop, docker, get
from tests.support import runs
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

ECHO = """
import http.server, json
sent = 0
class Echo(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        global sent
        if self.path == "/sent":
            return self.answer(str(sent).encode())
        if self.path != "/large":
            return self.answer(json.dumps({"path": self.path, **self.headers}).encode())
        self.send_response(200)
        self.send_header("Content-Length", str(100 << 20))
        self.end_headers()
        for _ in range(1600):
            self.wfile.write(bytes(1 << 16))
            sent += 1 << 16
    def do_POST(self):
        self.answer(str(len(self.rfile.read(int(self.headers["Content-Length"])))).encode())
http.server.ThreadingHTTPServer.request_queue_size = 100
http.server.ThreadingHTTPServer(("", 8080), Echo).serve_forever()
"""
MEBIBYTE = 1 << 20
LOCKED = ("--read-only", "--tmpfs", "/tmp:size=64m", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")


def address(container: str) -> str:
    return docker("port", container, "8000").splitlines()[0]


@pytest.fixture(scope="module")
def linked(shop: Shop, production: str) -> Iterator[str]:
    """host:port of nginx on Docker's default bridge, as on ECS, linked to a server that echoes each request."""
    back = docker("run", "-d", "--name", runs.name("echo-"), f"{shop.name}/django:prod", "python", "-c", ECHO)
    front = docker("run", "-d", *LOCKED, "--link", f"{back}:django", "-p", "127.0.0.1::8000", f"{shop.name}/nginx:prod")
    try:
        eventually(lambda: get(f"http://{address(front)}/")[0] == 200)
        yield address(front)
    finally:
        docker("rm", "-f", front, back)


def received_headers(at: str, **headers: str) -> dict[str, str]:
    """The headers that django receives."""
    found: dict[str, str] = json.loads(get(f"http://{at}/", **headers)[1])
    return found


def test_linked_django_is_found_without_a_dns_server(linked: str) -> None:
    assert received_headers(linked)["path"] == "/"


def test_django_receives_the_host_with_its_port(linked: str) -> None:
    assert received_headers(linked)["Host"] == linked
    assert received_headers(linked, Host="www.example.com")["Host"] == "www.example.com"
    assert received_headers(linked, Host="[::1]:8000")["Host"] == "[::1]:8000"


def test_host_of_the_request_line_wins(linked: str) -> None:
    host, _, port = linked.partition(":")
    with socket.create_connection((host, int(port)), timeout=120) as connection:
        connection.sendall(b"GET http://good.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert '"Host": "good.example"' in answer


def test_client_cannot_choose_the_request_id(linked: str) -> None:
    first, second = received_headers(linked, **{"X-Request-ID": "mine"}), received_headers(linked)
    assert re.fullmatch("[0-9a-f]{32}", first["X-Request-ID"])
    assert first["X-Request-ID"] != second["X-Request-ID"]


@pytest.mark.parametrize(("given", "told"), [("https", "https"), ("http", "http"), ("evil", "http"), ("", "http")])
def test_protocol_is_taken_from_the_load_balancer(linked: str, given: str, told: str) -> None:
    assert received_headers(linked, **{"X-Forwarded-Proto": given})["X-Forwarded-Proto"] == told


def test_static_files_have_security_headers(production: str) -> None:
    with urllib.request.urlopen(f"{production}static/staticfiles.json", timeout=120) as answer:
        headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"].partition("style-src")[0]
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cache-Control"] == "public, max-age=300"


def post(at: str, size: int) -> int:
    """Upload a body of this size; return the status."""
    try:
        with urllib.request.urlopen(f"http://{at}/", data=bytes(size), timeout=120) as answer:
            assert int(answer.read()) == size
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@contextmanager
def stalled_uploads(at: str, count: int, size: int) -> Iterator[list[socket.socket]]:
    """Uploads that send all but the last byte of their bodies, or as much as nginx takes."""
    host, _, port = at.partition(":")
    header = f"POST / HTTP/1.1\r\nHost: {at}\r\nContent-Length: {size}\r\n\r\n".encode()
    with ExitStack() as stack:
        connections = [stack.enter_context(socket.create_connection((host, int(port)), 120)) for _ in range(count)]
        for connection in connections:
            with suppress(ConnectionError):
                connection.sendall(header + bytes(size - 1))
        yield connections


def is_waiting(connection: socket.socket) -> bool:
    """True if nginx has not answered an upload yet."""
    return not select.select([connection], [], [], 0)[0]


@pytest.mark.parametrize(
    ("size", "most", "other"), [(10 * MEBIBYTE - 1000, 4, MEBIBYTE // 2), (MEBIBYTE // 2, 20, 5 * MEBIBYTE)]
)
def test_stalled_uploads_leave_other_requests_alone(linked: str, size: int, most: int, other: int) -> None:
    with stalled_uploads(linked, 30, size) as connections:
        eventually(lambda: sum(map(is_waiting, connections)) <= most)
        statuses = [connection.recv(12) for connection in connections if not is_waiting(connection)]
        assert set(statuses) == {b"HTTP/1.1 503"}
        # In memory, in the other class of uploads, and without a body.
        assert [post(linked, 5_000), post(linked, other), get(f"http://{linked}/")[0]] == [200, 200, 200]
        accepted = [connection for connection in connections if is_waiting(connection)]
        assert len(accepted) == most
        for connection in accepted:
            connection.sendall(b"\0")
        for connection in accepted:
            assert connection.recv(12) == b"HTTP/1.1 200"
    eventually(lambda: post(linked, size) == 200)


def test_slow_client_receives_a_large_download_whole(linked: str) -> None:
    host, _, port = linked.partition(":")
    with socket.create_connection((host, int(port)), 120) as connection:
        connection.sendall(f"GET /large HTTP/1.0\r\nHost: {linked}\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 200"
        # Read on only when nobody on the way takes more of the answer.
        sent: list[str] = []

        def stands_still() -> bool:
            sent.append(get(f"http://{linked}/sent")[1])
            return len(sent) > 2 and len(set(sent[-3:])) == 1

        eventually(stands_still)
        received = 12
        while piece := connection.recv(MEBIBYTE):
            received += len(piece)
    assert received > 100 * MEBIBYTE
