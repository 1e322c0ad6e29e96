"""The address of the running local cloud."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from dockdj import wiring
from dockdj.adapters.beanstalk import control_socket, local_cloud
from dockdj.adapters.beanstalk.local_cloud import CloudAddress
from dockdj.errors import DockdjError, MissingTool, PlatformError, Refused, UsageError
from dockdj.model.project.project import Target
from tests.localcloud.impostor import impostor
from tests.support import ports

HELD = "port {} is held by another program, which does not know this cloud's key"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKDJ_STATE", str(tmp_path / "cloud"))
    (tmp_path / "cloud").mkdir()
    return tmp_path / "cloud"


@contextmanager
def control_api(folder: Path, answers: Mapping[str, Any]) -> Iterator[None]:
    """Answer control requests with these JSON documents by path; other paths are refused."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = answers.get(self.path.strip("/"))
            body = answer if isinstance(answer, bytes) else json.dumps(answer or {"error": "unknown"}).encode()
            self.send_response(404 if answer is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def address_string(self) -> str:
            return "local"

        def log_message(self, format: str, *args: object) -> None:
            pass

    with control_socket.listening(folder) as listener:
        server = HTTPServer(("", 0), Handler, bind_and_activate=False)
        server.socket.close()
        server.socket = listener
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()


def published(port: int) -> CloudAddress:
    address = CloudAddress(f"http://127.0.0.1:{port}", "127.0.0.1:5000", "us-east-1", "KEY", "secret", 1)
    local_cloud.write(address)
    return address


def test_require_returns_the_address_that_the_cloud_confirms(folder: Path) -> None:
    address = published(5577)
    with control_api(folder, {"ping": {"pid": 1, "busy": 0, "port": 5577}}):
        assert local_cloud.require() == address


def test_require_refuses_an_address_that_the_cloud_does_not_listen_on(folder: Path) -> None:
    published(5577)
    with (
        control_api(folder, {"ping": {"pid": 1, "busy": 0, "port": 5578}}),
        pytest.raises(MissingTool, match="it listens on port 5578"),
    ):
        local_cloud.require()


@pytest.mark.parametrize("answer", [b"", b"no JSON", b"[]", b"\xff"])
def test_malformed_answer_is_no_answer(folder: Path, answer: bytes) -> None:
    published(ports.free())
    with control_api(folder, {"ping": answer}), pytest.raises(MissingTool, match="does not answer"):
        local_cloud.require()


def test_impostor_on_the_port_gets_no_byte_and_is_named() -> None:
    target = Target("shop", "shop-local", endpoint="local")
    with impostor() as program:
        published(program.port)
        for call in (local_cloud.require, lambda: wiring.connect(target), lambda: wiring.repository_of(target)):
            with pytest.raises(MissingTool, match=HELD.format(program.port)) as refused:
                call()
            assert refused.value.hint == "dockdj cloud up"
        with pytest.raises(MissingTool):
            wiring.place_options(target)
    assert program.received == b""


def test_cloud_of_an_earlier_version_is_named_with_the_command_that_restarts_it(folder: Path) -> None:
    with impostor() as program, (folder / "server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        published(program.port)
        with pytest.raises(MissingTool, match="earlier version of dockdj started it") as refused:
            local_cloud.require()
    assert refused.value.hint == "dockdj cloud up"
    assert program.received == b""


def test_socket_file_of_a_killed_cloud_is_replaced(folder: Path) -> None:
    published(5577)
    (folder / control_socket.NAME).touch()
    with control_api(folder, {"ping": {"pid": 1, "busy": 0, "port": 5577}}):
        assert local_cloud.require()
    assert not (folder / control_socket.NAME).exists()


def test_folder_deeper_than_a_sockets_path_has_a_control_channel(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30) / "cloud"
    with control_api(folder, {"ping": {"port": 5577}}):
        assert control_socket.ask(folder, "GET", "ping") == {"port": 5577}
        assert folder.stat().st_mode & 0o777 == 0o700


def test_path_without_a_way_around_its_length_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems without /proc."""
    monkeypatch.setattr(control_socket, "HANDLES", tmp_path / "missing")
    folder = tmp_path / ("deep" * 30) / "cloud"
    with pytest.raises(UsageError, match="too long") as refused, control_socket.listening(folder):
        pass
    assert "DOCKDJ_STATE" in refused.value.hint


def test_another_users_folder_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(5577)
    with control_api(folder, {"ping": {"pid": 1, "busy": 0, "port": 5577}}):
        user = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: user + 1)
        with pytest.raises(Refused, match="belongs to another user"):
            local_cloud.require()


def test_refused_database_names_the_cause(folder: Path) -> None:
    with control_api(folder, {}), pytest.raises(PlatformError, match="refused POST databases: unknown"):
        local_cloud.database_url("shop")
    with pytest.raises(DockdjError, match="no local cloud answers"):
        local_cloud.database_url("shop")


def test_require_refuses_an_address_where_no_server_listens() -> None:
    published(ports.free())
    with pytest.raises(MissingTool, match="does not answer") as refused:
        local_cloud.require()
    assert refused.value.hint == "dockdj cloud up"


def test_require_without_an_address_is_refused() -> None:
    with pytest.raises(MissingTool, match="the local cloud is not running"):
        local_cloud.require()


def test_state_folder_ignores_a_relative_state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKDJ_STATE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", "here")
    assert local_cloud.state_folder() == tmp_path / ".local/state/dockdj/cloud"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "there"))
    assert local_cloud.state_folder() == tmp_path / "there/dockdj/cloud"
