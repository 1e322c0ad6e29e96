"""Continuous requests over kept-alive connections, counted: a deployment must not lose any.

As a program: `python tests/support/load.py URL RESULT` loads URL until it is told to end (SIGTERM), then writes
the counts to RESULT as JSON. Nothing is retried: a connection that closes under a request is a failure.
"""

import http.client
import json
import signal
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

CLIENTS = 4
# The home page, and the page that names the release. Both pass the balancer, nginx and gunicorn.
PATHS = ("/", "/healthz")
# The pause between two requests of a client leaves the machine to the deployment.
PAUSE_SECONDS = 0.04
ANSWER_SECONDS = 60
# The longest wait for a number of requests; a few per second are enough for the largest number.
COUNT_SECONDS = 900


@dataclass
class Load:
    """Clients that request PATHS below a URL in turn until the context ends."""

    url: str
    clients: int = CLIENTS
    requests: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(self.clients)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(ANSWER_SECONDS + 5)

    def until(self, count: int) -> None:
        """Wait until the clients have sent this many requests."""
        end = time.monotonic() + COUNT_SECONDS
        while self.requests < count:
            assert time.monotonic() < end, f"{self.requests} of {count} requests in {COUNT_SECONDS} s"
            time.sleep(0.05)

    @property
    def failed(self) -> int:
        return sum(self.failures.values())

    def _ask(self) -> None:
        parts = urlsplit(self.url)
        connection = None
        for path in cycle(PATHS):
            if self._stop.is_set():
                return
            connection = connection or http.client.HTTPConnection(parts.netloc, timeout=ANSWER_SECONDS)
            problem, answer = "", ""
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                body = response.read()
                answer = _release(body) if path == "/healthz" else ""
                problem = "" if response.status == 200 else f"status {response.status}"
            except (OSError, http.client.HTTPException) as error:
                problem = type(error).__name__
                connection.close()
                connection = None
            with self._lock:
                self.requests += 1
                if answer and not problem:
                    self.answers[answer] += 1
                if problem:
                    self.failures[problem] += 1
            self._stop.wait(PAUSE_SECONDS)


def _release(body: bytes) -> str:
    try:
        return str(json.loads(body).get("release", ""))
    except (ValueError, AttributeError):
        return ""


def main() -> None:
    url, result = sys.argv[1:]
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with Load(url) as load:
        ended.wait(3600)
    counts = {"requests": load.requests, "failed": load.failed, "why": load.failures, "releases": load.answers}
    Path(result).write_text(json.dumps(counts))


if __name__ == "__main__":
    main()
