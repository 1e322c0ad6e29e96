"""The engine's socket, against a server with answers that a real engine gives at bad moments."""

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dockdj.adapters.inventory.engine_socket import Socket
from dockdj.errors import CommandFailed


@contextmanager
def engine(path: Path, status: int, message: str = "removal is already in progress") -> Iterator[Socket]:
    """A server on a socket that answers every request with a fixed answer."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"message": message}).encode())

        do_GET = do_DELETE = answer

        def log_message(self, *_: Any) -> None: ...

    with socketserver.ThreadingUnixStreamServer(str(path), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield Socket(str(path))
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("status", [204, 404, 409], ids=["removed", "gone", "removed by another reader"])
def test_remove_accepts_a_container_that_is_gone_or_being_removed(tmp_path: Path, status: int) -> None:
    with engine(tmp_path / "s", status) as reached:
        reached.remove("1")


def test_refusal_has_the_engines_message(tmp_path: Path) -> None:
    with engine(tmp_path / "s", 409) as reached, pytest.raises(CommandFailed, match=r"409.*already in progress"):
        reached.inspect(["shop/django:1"])
    with engine(tmp_path / "t", 500) as reached, pytest.raises(CommandFailed, match="500"):
        reached.remove("1")


def test_pruned_container_is_an_error_and_not_an_empty_image(tmp_path: Path) -> None:
    with (
        engine(tmp_path / "s", 404, "Could not find the file /etc/none in container 1") as reached,
        reached.archive("1", "/etc/none") as stream,
    ):
        assert stream is None
    with (
        engine(tmp_path / "t", 404, "No such container: 1") as reached,
        pytest.raises(CommandFailed, match="is gone"),
        reached.archive("1", "/etc/none"),
    ):
        raise AssertionError("read")


def test_unreachable_engine_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="broke off GET"):
        Socket(str(tmp_path / "none")).inspect(["shop/django:1"])
