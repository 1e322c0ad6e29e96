"""The engine's own interface, over its socket: a request takes a millisecond, a start of the client thirty.

Docker Engine API 1.44, which engines from 25 on speak. Where there is no such socket, the client does the same.
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
from dockdj.adapters.docker.client import ENGINE_VARIABLES
from dockdj.errors import CommandFailed

VERSION = "/v1.44"
# For one answer, not for all of an archive: a busy engine takes seconds to make a container.
WAIT_SECONDS = 120
BUFFER_BYTES = 1 << 18
GONE, CONFLICT = http.client.NOT_FOUND, http.client.CONFLICT
# 404 also says that the container has no such path.
NO_CONTAINER = b"no such container"
ENDPOINT = "{{.Endpoints.docker.Host}}"


def of_engine() -> "Socket | None":
    """The socket of the engine that the client reaches; None where it has none, or one that speaks no such version."""
    return _socket(*(os.environ.get(name, "") for name in ENGINE_VARIABLES))


def forget() -> None:
    """Ask anew the next time, as a new process does."""
    _socket.cache_clear()


@lru_cache
def _socket(*_: str) -> "Socket | None":
    asked = shell.capture(["docker", "context", "inspect", "--format", ENDPOINT], check=False)
    scheme, path = asked.stdout.strip().partition("://")[::2]
    found = Socket(path)
    return found if asked.status == 0 and scheme == "unix" and found.answers() else None


@dataclass(frozen=True)
class Socket:
    """What is asked of an engine to read images that are never started."""

    path: str

    def answers(self) -> bool:
        """Whether an engine of this version is behind it."""
        try:
            with self._asked("GET", "/_ping") as answer:
                return answer.status == http.client.OK
        except CommandFailed:
            return False

    def inspect(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Name -> document of each image that the engine has."""
        found = {}
        for name in names:
            with self._asked("GET", f"/images/{urllib.parse.quote(name)}/json", fine=(GONE,)) as answer:
                if answer.status == http.client.OK:
                    found[name] = json.load(answer)
        return found

    def create(self, image_id: str, labels: Mapping[str, str]) -> str:
        """Make a container that is never started; its id. The command word is for images that have none."""
        made = {"Image": image_id, "Cmd": ["/none"], "Labels": labels, "HostConfig": {"NetworkMode": "none"}}
        with self._asked("POST", "/containers/create", json.dumps(made)) as answer:
            return str(json.load(answer)["Id"])

    @contextmanager
    def archive(self, container: str, path: str) -> Iterator[IO[bytes] | None]:
        """A path as a tar stream, None when there is none.

        The engine locks a container for as long as it sends an archive of it: one at a time.
        """
        query = urllib.parse.urlencode({"path": path})
        with self._asked("GET", f"/containers/{container}/archive?{query}", fine=(GONE,)) as answer:
            if answer.status == http.client.OK:
                # The engine sends a chunk a header: read one by one, they cost more than what is in them.
                yield io.BufferedReader(cast(io.RawIOBase, answer), BUFFER_BYTES)
            elif NO_CONTAINER in answer.read().lower():
                # A container that never ran is what `docker container prune` removes; its image is not empty for that.
                raise CommandFailed(
                    f"the container {container[:12]}, in which an image was read, is gone",
                    hint="did something prune containers meanwhile? Run the command again",
                )
            else:
                yield None

    def labelled(self, label: str) -> dict[str, str]:
        """Container -> value of the label, of those that have it."""
        query = urllib.parse.urlencode({"all": 1, "filters": json.dumps({"label": [label]})})
        with self._asked("GET", f"/containers/json?{query}") as answer:
            return {each["Id"]: each["Labels"][label] for each in json.load(answer)}

    def remove(self, container: str) -> None:
        """Remove a container with its volumes; one that is gone already, or that somebody else removes, is fine."""
        with self._asked("DELETE", f"/containers/{container}?force=1&v=1", fine=(GONE, CONFLICT)):
            pass

    @contextmanager
    def _asked(
        self, method: str, path: str, body: str | None = None, *, fine: Collection[int] = ()
    ) -> Iterator[http.client.HTTPResponse]:
        with closing(_Connection(self.path)) as connection:
            try:
                connection.request(method, VERSION + path, body, {"Content-Type": "application/json"} if body else {})
                answer = connection.getresponse()
                if answer.status >= http.client.BAD_REQUEST and answer.status not in fine:
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
