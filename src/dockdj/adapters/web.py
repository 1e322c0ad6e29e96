"""Pages of a web server on this machine, asked as a load balancer that ends TLS would."""

import http.client
from dataclasses import dataclass

from dockdj.errors import CommandFailed

TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Answer:
    """What a server answered; `kind` is the media type alone, without parameters."""

    status: int
    kind: str
    location: str
    body: bytes


def get(port: int, path: str) -> Answer:
    """Ask 127.0.0.1 for a path (with its query); redirects are answers. Raises CommandFailed when none comes."""
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
