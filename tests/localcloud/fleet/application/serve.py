"""A small application for a source bundle: it returns its release and its environment, and connects to a database."""

import json
import os
import signal
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        pages = {"/environment": lambda: dict(os.environ), "/postgres": postgres, "/slow": slow, "/kept": kept}
        status = int(os.environ.get("HEALTH", "200")) if self.path == "/health" else 200
        page = pages.get(self.path, lambda: {"host": self.headers["Host"], "port": self.headers["X-Forwarded-Port"]})
        body = json.dumps({"release": os.environ["RELEASE"], "page": page()}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def postgres() -> str:
    """The answer of a PostgreSQL server to a request for TLS: S or N."""
    address = urlsplit(os.environ["DATABASE_URL"])
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(SSL_REQUEST)
        return connection.recv(1).decode()


def slow() -> str:
    time.sleep(3)
    return "done"


def kept() -> int:
    """The number of requests so far, counted in the volume."""
    file = Path("/data/count")
    count = int(file.read_text()) + 1 if file.exists() else 1
    file.write_text(str(count))
    return count


server = ThreadingHTTPServer(("", 8000), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
