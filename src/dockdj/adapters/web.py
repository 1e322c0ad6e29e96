"""HTTP requests to a web server on this machine, as a load balancer that terminates TLS sends them."""

import http.client
from dataclasses import dataclass

from dockdj.errors import CommandFailed

TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Answer:
    """A server's response; `kind` is the media type without parameters."""

    status: int
    kind: str
    location: str
    body: bytes


def get(port: int, path: str) -> Answer:
    """Request a path (with its query) from 127.0.0.1, following no redirect. Raises CommandFailed without an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    headers = {"X-Forwarded-Proto": "https", "User-Agent": "dockdj-smoke", "Connection": "close"}
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return Answer(
            response.status,
            (response.getheader("Content-Type") or "").partition(";")[0].strip().lower(),
            response.getheader("Location") or "",
            response.read(),
        )
    except (OSError, http.client.HTTPException) as error:
        raise CommandFailed(f"GET {path}: no answer ({error or type(error).__name__})") from error
    finally:
        connection.close()
