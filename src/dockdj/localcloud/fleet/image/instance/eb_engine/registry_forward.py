"""Forward this instance's registry port to the cloud's registry, with the instance's login: `REGISTRY_PORT ADDRESS`.

A machine of AWS may pull by its role, without a login in its bundle's hooks. In the same way every client in this
instance may pull here. Nothing can be pushed: only GET and HEAD are forwarded.
"""

import http.client
import json
import shutil
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LOGINS = Path("/root/.docker/config.json")
TIMEOUT_SECONDS = 60
CHUNK_BYTES = 1 << 20
# RFC 9110, "Connection", and the headers that describe one connection's framing.
OF_ONE_CONNECTION = ("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-authorization")


class Server(ThreadingHTTPServer):
    """A server for one registry."""

    daemon_threads = True
    registry = ""
    name = ""
    """The registry's name inside the instance, 127.0.0.1:PORT."""


class Forward(BaseHTTPRequestHandler):
    """Send one request on, and its answer back."""

    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT_SECONDS
    server: Server

    def do_GET(self) -> None:
        """Forward the request."""
        headers = dict(kept(self.headers.items()))
        if "Authorization" not in headers and (login := login_of(self.server.name)):
            headers["Authorization"] = f"Basic {login}"
        connection = http.client.HTTPConnection(self.server.registry, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(self.command, self.path, headers=headers)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            self.send_error(502, f"the registry does not answer: {error}")
            return
        self.send_response_only(response.status, response.reason)
        for name, value in kept(response.getheaders()):
            self.send_header(name, value)
        if response.getheader("Content-Length") is None and self.command != "HEAD":
            body = response.read()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            self.end_headers()
            shutil.copyfileobj(response, self.wfile, CHUNK_BYTES)
        connection.close()

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the registry has an access log."""


def kept(headers: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The headers that a forwarded message keeps."""
    return ((name, value) for name, value in headers if name.lower() not in OF_ONE_CONNECTION)


def login_of(name: str) -> str:
    """The registry's login in Docker's configuration, empty without one."""
    try:
        return str(json.loads(LOGINS.read_text())["auths"][name]["auth"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def main(port: str, registry: str) -> None:
    """Forward until the instance ends."""
    with Server(("127.0.0.1", int(port)), Forward) as server:
        server.registry, server.name = registry, f"127.0.0.1:{port}"
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
