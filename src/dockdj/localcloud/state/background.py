"""Operations on environments run in the background, one at a time for each environment."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable


class Work:
    """Background threads. They are daemons: a server that dies in the middle says so at its next start."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()
        self._running: set[threading.Thread] = set()

    def begin(self, environment_id: str, job: Callable[[], None]) -> None:
        """Run a job after those that were begun earlier for the same environment."""
        with self._guard:
            lock = self._locks[environment_id]

        def run() -> None:
            try:
                with lock:
                    job()
            except Exception:
                logging.exception("an operation on %s broke", environment_id)
            finally:
                with self._guard:
                    self._running.discard(thread)

        thread = threading.Thread(target=run, name=environment_id, daemon=True)
        with self._guard:
            self._running.add(thread)
        thread.start()

    def busy(self) -> int:
        """How many jobs run or wait for their turn."""
        with self._guard:
            return len(self._running)

    def wait(self, seconds: float) -> bool:
        """Wait until nothing runs, at most so long for each job; whether that was reached."""
        with self._guard:
            running = list(self._running)
        for thread in running:
            thread.join(seconds)
        return not any(thread.is_alive() for thread in running)
