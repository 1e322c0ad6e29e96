"""An instance reaches the cloud's registry with the instance's login, and can only pull."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from dockdj.localcloud.fleet.image.instance.eb_engine import registry_forward
from dockdj.localcloud.fleet.image.instance.eb_engine.registry_forward import Forward
from tests.support import ports

LOGIN = base64.b64encode(b"dockdj:swordfish").decode()
BLOB = bytes(range(256)) * 8192


class Registry(BaseHTTPRequestHandler):
    """A registry that asks for the password."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] == f"Basic {LOGIN}"
        body = BLOB if allowed else b"{}"
        self.send_response(200 if allowed else 401)
        if self.path == "/v2/chunked" and allowed:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
            return
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Content-Digest", f"sha256:{self.headers['Host']}")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(server: ThreadingHTTPServer) -> Iterator[int]:
    with server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


@contextmanager
def forward(registry: int) -> Iterator[str]:
    server = registry_forward.Server(("127.0.0.1", 0), Forward)
    server.registry = f"127.0.0.1:{registry}"
    with served(server) as port:
        server.name = f"127.0.0.1:{port}"
        yield server.name


@pytest.fixture
def logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(registry_forward, "LOGINS", tmp_path / "config.json")
    return tmp_path / "config.json"


def fetch(address: str, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, str]:
    request = urllib.request.Request(f"http://{address}/v2/{path}", method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read(), answer.headers.get("Docker-Content-Digest", "")
    except urllib.error.HTTPError as error:
        return error.code, b"", ""


def test_every_client_pulls_with_the_instances_login(logins: Path) -> None:
    with served(ThreadingHTTPServer(("127.0.0.1", 0), Registry)) as registry, forward(registry) as address:
        assert fetch(address, "blob")[0] == 401
        logins.write_text(json.dumps({"auths": {address: {"auth": LOGIN}}}))
        assert fetch(address, "blob") == (200, BLOB, f"sha256:{address}")
        assert fetch(address, "chunked")[:2] == (200, BLOB)
        assert fetch(address, "blob", "HEAD") == (200, b"", f"sha256:{address}")
        assert fetch(address, "blob", Authorization="Basic wrong")[0] == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_instances_cannot_write_to_the_registry(logins: Path, method: str) -> None:
    with served(ThreadingHTTPServer(("127.0.0.1", 0), Registry)) as registry, forward(registry) as address:
        logins.write_text(json.dumps({"auths": {address: {"auth": LOGIN}}}))
        assert fetch(address, "blob", method)[0] == 501


def test_stopped_registry_is_a_bad_gateway(logins: Path) -> None:
    with forward(ports.free()) as address:
        assert fetch(address, "blob")[0] == 502


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"auths": {}}', '{"auths": 1}', "\N{BROKEN BAR}"])
def test_unreadable_logins_are_no_login(logins: Path, text: str) -> None:
    logins.write_text(text)
    assert registry_forward.login_of("127.0.0.1:5000") == ""
