"""A stand-in for the control API of a server that another version of dockdj started."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@contextmanager
def control_api(answers: Mapping[str, Any], *, secret: str) -> Iterator[int]:
    """Serve these JSON documents by path below /_dockdj/ and yield the port; other paths are 404, other keys 401."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix("/_dockdj/")
            allowed = self.headers["Authorization"] == f"Bearer {secret}"
            body = json.dumps(answers.get(path, {})).encode()
            self.send_response(401 if not allowed else 200 if path in answers else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
