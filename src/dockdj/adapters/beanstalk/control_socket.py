"""The control channel of the local cloud: HTTP over a socket file in the cloud's state folder.

Only the owner of the state folder can open it. So no key is sent: the kernel proves both sides, and no other user can
answer in the cloud's place.
"""

import http.client
import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dockdj.adapters import private_folder
from dockdj.errors import MissingTool, PlatformError, UsageError

NAME = "control.sock"
ANSWER_SECONDS = 60.0
BAD_REQUEST = 400
BACKLOG = 128
UP = "dockdj cloud up"
SERVER_LOCK = "server.lock"
"""The lock that the server of a state folder holds while it runs."""
HANDLES = Path("/proc/self/fd")


class NoAnswer(MissingTool):
    """No server answers on the control channel."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"no local cloud answers in {folder}", hint=UP)


def ask(
    folder: Path, method: str, path: str, document: Mapping[str, Any] | None = None, *, timeout: float = ANSWER_SECONDS
) -> dict[str, Any]:
    """Send one request to the cloud of a state folder and return its answer.

    Raises NoAnswer without a server, PlatformError if the server refuses, Refused if the folder is another user's.
    """
    body = None if document is None else json.dumps(document)
    connection = _Connection(folder, timeout)
    try:
        connection.request(method, f"/{path}", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(folder) from error
    finally:
        connection.close()
    if not isinstance(answer, dict):
        raise NoAnswer(folder)
    if response.status >= BAD_REQUEST:
        raise PlatformError(f"the local cloud refused {method} {path}: {answer.get('error', response.reason)}")
    return answer


def held_by_another(port: int) -> str:
    """The words for a port that a program other than the cloud holds."""
    return f"port {port} is held by another program, which does not know this cloud's key"


@contextmanager
def listening(folder: Path) -> Iterator[socket.socket]:
    """The listening socket of a state folder's only server. It replaces the socket file of a killed server."""
    private_folder.ensure(folder.resolve())
    server = socket.socket(socket.AF_UNIX)
    try:
        with _address(folder) as address:
            Path(address).unlink(missing_ok=True)
            _fitting(folder, lambda: server.bind(address))
        server.listen(BACKLOG)
        yield server
    finally:
        server.close()
        (folder / NAME).unlink(missing_ok=True)


class _Connection(http.client.HTTPConnection):
    """An HTTP connection to the socket file of a state folder."""

    def __init__(self, folder: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._folder = folder

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        with _address(self._folder) as address:
            _fitting(self._folder, lambda: self.sock.connect(address))


@contextmanager
def _address(folder: Path) -> Iterator[str]:
    """The path of the socket file, below the opened folder, so that a replaced or a deep folder does no harm.

    The path of a socket has at most 107 bytes. Systems without /proc have no path of an opened folder.
    """
    folder = folder.resolve()
    if not folder.exists():
        raise NoAnswer(folder)
    with private_folder.opened(folder) as handle:
        inside = HANDLES / str(handle)
        yield os.fspath((inside if inside.exists() else folder) / NAME)


def _fitting(folder: Path, use: Callable[[], None]) -> None:
    try:
        use()
    except OSError as error:
        if error.errno is None:
            # Python's own error for a path that does not fit.
            raise UsageError(
                f"the path of {folder} is too long for a socket",
                hint="set DOCKDJ_STATE to a folder with a shorter path",
            ) from error
        raise
