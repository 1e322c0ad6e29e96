"""nginx finds django on both kinds of Docker network, and passes the right headers."""

import json
import re
import socket
import urllib.request
from collections.abc import Iterator

import pytest

from tests.recipe.conftest import Shop, docker, get
from tests.support import runs
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

ECHO = """
import http.server, json
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"path": self.path, **self.headers}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("", 8080), Echo).serve_forever()
"""
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
