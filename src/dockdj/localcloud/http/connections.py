"""Connections of the server: their number and their time are limited, so that no client holds its threads forever."""

from __future__ import annotations

import io
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

IDLE_SECONDS = 30.0
"""The longest pause of a client that has something to send."""
REQUEST_SECONDS = 300.0
"""The longest time in which a request arrives, however steadily the client sends."""
CONNECTIONS = 128


class Arriving(io.RawIOBase):
    """The bytes of one connection until a deadline. A read after it raises TimeoutError."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has arrived."""
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the request did not arrive in time")
        self._connection.settimeout(min(IDLE_SECONDS, remaining))
        count = self._connection.recv_into(buffer)
        # Answers may be larger than the client's window, so they have the longest pause as their limit.
        self._connection.settimeout(IDLE_SECONDS)
        return count


class Handler(WSGIRequestHandler):
    """A request handler that logs one line per request, without queries: a presigned URL is as good as a key."""

    timeout = IDLE_SECONDS

    def setup(self) -> None:
        """Read the connection under a deadline."""
        super().setup()
        self.rfile = io.BufferedReader(Arriving(self.connection, REQUEST_SECONDS))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log one request."""
        logging.info("%s %s %s", self.command, self.path.partition("?")[0], code)


class Server(ThreadedWSGIServer):
    """A server of at most CONNECTIONS connections at a time. Further ones wait until one of these ends."""

    def __init__(self, host: str, port: int, application: Callable[..., Any]) -> None:
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        super().__init__(host, port, application, Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection in a thread as soon as one may begin. Connections end in time, so this does, too."""
        self._free.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer a connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()
