"""Docker's API over its socket: a question takes a millisecond, a start of Docker's client thirty.

Without such a socket, for instance with DOCKER_HOST=ssh://…, the fleet's own programs answer the same questions.
"""

from __future__ import annotations

import http.client
import json
import socket
import urllib.parse
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dockdj.adapters import shell
from dockdj.errors import CommandFailed
from dockdj.localcloud.watch.program import Program

ANSWER_SECONDS = 10.0
ENDPOINT = "{{.Endpoints.docker.Host}}"
UPGRADE = {"Content-Type": "application/json", "Connection": "Upgrade", "Upgrade": "tcp"}


@lru_cache
def of_client() -> EngineSocket | None:
    """The socket of the engine that Docker's client reaches; None without one."""
    answer = shell.capture(["docker", "context", "inspect", "--format", ENDPOINT], check=False)
    scheme, _, path = answer.stdout.strip().partition("://")
    return EngineSocket(path) if answer.status == 0 and scheme == "unix" else None


@dataclass(frozen=True)
class EngineSocket:
    """An engine on this machine."""

    path: str

    def containers(self, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """Docker's summaries of the containers with all of these labels, running or stopped. Raises CommandFailed."""
        selected = {"label": [f"{key}={value}" for key, value in labels.items()]}
        query = urllib.parse.urlencode({"all": 1, "filters": json.dumps(selected)})
        containers: list[dict[str, Any]] = self._ask("GET", f"/containers/json?{query}")
        return containers

    def run(self, container: str, argv: Sequence[str]) -> Program:
        """Start a program in a container that answers on its standard streams. Raises CommandFailed."""
        streams = {"AttachStdin": True, "AttachStdout": True, "AttachStderr": False, "Tty": False}
        created = self._ask("POST", f"/containers/{container}/exec", {**streams, "Cmd": list(argv)})
        connection = _Connection(self.path)
        try:
            body = json.dumps({"Detach": False, "Tty": False})
            connection.request("POST", f"/exec/{created['Id']}/start", body, UPGRADE)
            answer = connection.getresponse()
            if answer.status != http.client.SWITCHING_PROTOCOLS:
                raise CommandFailed(f"the Docker engine did not start a program in {container}: {answer.status}")
            # From here on the connection carries the program's streams. A copy keeps it open.
            return Program(connection.sock.dup())
        except (OSError, http.client.HTTPException) as error:
            raise _broken(error) from error
        finally:
            connection.close()

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {} if body is None else {"Content-Type": "application/json"}
        with closing(_Connection(self.path)) as connection:
            try:
                connection.request(method, path, None if body is None else json.dumps(body), headers)
                answer = connection.getresponse()
                content = answer.read()
                if answer.status >= http.client.BAD_REQUEST:
                    message = content.decode(errors="replace").strip()
                    raise CommandFailed(f"the Docker engine refused {method} {path}: {answer.status} {message}")
                return json.loads(content)
            except (OSError, ValueError, http.client.HTTPException) as error:
                raise _broken(error) from error


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _broken(error: Exception) -> CommandFailed:
    return CommandFailed(f"the Docker engine's socket failed: {error or type(error).__name__}", hint="docker version")
