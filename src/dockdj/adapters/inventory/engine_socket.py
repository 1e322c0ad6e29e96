"""The engine's API over its socket: a request takes a millisecond, a start of Docker's client thirty.

Docker Engine API 1.44, which engines from 25 on have. Without such a socket, `engine_client` does the same.
"""

import http.client
import io
import json
import os
import socket
import urllib.parse
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any, cast

from dockdj.adapters import shell
from dockdj.adapters.docker.client import ENGINE_VARIABLES, answer_of, parse_image
from dockdj.errors import CommandFailed
from dockdj.model import json_document
from dockdj.model.json_document import items, table, text

VERSION = "/v1.44"
# The limit for one answer, not for a whole archive: a busy engine takes seconds to create a container.
WAIT_SECONDS = 120
BUFFER_BYTES = 1 << 18
GONE, CONFLICT = http.client.NOT_FOUND, http.client.CONFLICT
# A 404 with other text means that the container has no such path.
NO_CONTAINER = b"no such container"
ENDPOINT = "{{.Endpoints.docker.Host}}"


def of_engine() -> "Socket | None":
    """The socket of the engine that the client reaches; None without one, or if the engine lacks this API version."""
    return _socket(*(os.environ.get(name, "") for name in ENGINE_VARIABLES))


def forget() -> None:
    """Forget the socket, so that the next call asks again, as a new process does."""
    _socket.cache_clear()


@lru_cache
def _socket(*_: str) -> "Socket | None":
    answer = shell.capture(["docker", "context", "inspect", "--format", ENDPOINT], check=False)
    scheme, path = answer.stdout.strip().partition("://")[::2]
    engine = Socket(path)
    return engine if answer.status == 0 and scheme == "unix" and engine.answers() else None


@dataclass(frozen=True)
class Socket:
    """An engine that reads images without starting them."""

    path: str

    def answers(self) -> bool:
        """True if an engine with this API version answers."""
        try:
            with self._request("GET", "/_ping") as answer:
                return answer.status == http.client.OK
        except CommandFailed:
            return False

    def inspect(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Name -> document of each image that the engine has."""
        documents = {}
        for name in names:
            with self._request("GET", f"/images/{urllib.parse.quote(name)}/json", allowed=(GONE,)) as answer:
                if answer.status == http.client.OK:
                    with answer_of("GET /images/NAME/json"):
                        documents[name] = dict(table(json_document.parse(answer.read())))
                    parse_image(documents[name])
        return documents

    def create(self, image_id: str, labels: Mapping[str, str]) -> str:
        """Create a container that is never started; return its id. The command is for images without one."""
        container = {"Image": image_id, "Cmd": ["/none"], "Labels": labels, "HostConfig": {"NetworkMode": "none"}}
        request = self._request("POST", "/containers/create", json.dumps(container))
        with request as answer, answer_of("POST /containers/create"):
            return text(table(json_document.parse(answer.read())), "Id")

    @contextmanager
    def archive(self, container: str, path: str) -> Iterator[IO[bytes] | None]:
        """A path as a tar stream; None if the path does not exist.

        The engine locks the container while it sends the archive, so archives are read one at a time.
        """
        query = urllib.parse.urlencode({"path": path})
        with self._request("GET", f"/containers/{container}/archive?{query}", allowed=(GONE,)) as answer:
            if answer.status == http.client.OK:
                # The engine sends a chunk for each header; a buffer saves most of the reads.
                yield io.BufferedReader(cast(io.RawIOBase, answer), BUFFER_BYTES)
            elif NO_CONTAINER in answer.read().lower():
                # `docker container prune` removes containers that never ran. The image is not empty in that case.
                raise CommandFailed(
                    f"the container {container[:12]}, from which an image was read, is gone",
                    hint="did something prune containers meanwhile? Run the command again",
                )
            else:
                yield None

    def labelled(self, label: str) -> dict[str, str]:
        """Container -> value of the label, for all containers that have it."""
        query = urllib.parse.urlencode({"all": 1, "filters": json.dumps({"label": [label]})})
        with self._request("GET", f"/containers/json?{query}") as answer, answer_of("GET /containers/json"):
            containers = [table(container, "a container") for container in items(json_document.parse(answer.read()))]
            return {text(each, "Id"): text(table(each.get("Labels"), "`Labels`"), label) for each in containers}

    def remove(self, container: str) -> None:
        """Remove a container with its volumes, unless it is gone or somebody else is removing it."""
        with self._request("DELETE", f"/containers/{container}?force=1&v=1", allowed=(GONE, CONFLICT)):
            pass

    @contextmanager
    def _request(
        self, method: str, path: str, body: str | None = None, *, allowed: Collection[int] = ()
    ) -> Iterator[http.client.HTTPResponse]:
        with closing(_Connection(self.path)) as connection:
            try:
                connection.request(method, VERSION + path, body, {"Content-Type": "application/json"} if body else {})
                answer = connection.getresponse()
                if answer.status >= http.client.BAD_REQUEST and answer.status not in allowed:
                    message = answer.read().decode(errors="replace").strip()
                    raise CommandFailed(f"the Docker engine refused {method} {path}: {answer.status} {message}")
                with answer:
                    yield answer
            except (OSError, http.client.HTTPException) as error:
                raise CommandFailed(
                    f"the Docker engine at {self.path} broke off {method} {path}: {error or type(error).__name__}",
                    hint="docker version; then again",
                ) from error


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=WAIT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
