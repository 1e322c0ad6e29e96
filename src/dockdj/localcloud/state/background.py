"""Background threads for operations on environments, one at a time for each environment."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable


class Work:
    """The running and waiting jobs.

    The threads are daemons. A server that dies during an operation reports that at its next start.
    """

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()
        self._running: set[threading.Thread] = set()

    def begin(self, environment_id: str, job: Callable[[], None]) -> threading.Thread:
        """Run a job while no other job of the same environment runs. Returns its thread."""
        with self._guard:
            lock = self._locks[environment_id]

        def run() -> None:
            try:
                with lock:
                    job()
            except Exception:
                logging.exception("an operation on %s failed unexpectedly", environment_id)
            finally:
                with self._guard:
                    self._running.discard(thread)

        thread = threading.Thread(target=run, name=environment_id, daemon=True)
        with self._guard:
            self._running.add(thread)
        thread.start()
        return thread

    def idle(self, environment_id: str) -> bool:
        """Return whether no job of an environment runs now."""
        with self._guard:
            return not self._locks[environment_id].locked()

    def busy(self) -> int:
        """The number of jobs that run or wait."""
        with self._guard:
            return len(self._running)

    def wait(self, seconds: float) -> bool:
        """Wait for all jobs, at most `seconds` for each, and return whether all have ended."""
        with self._guard:
            running = list(self._running)
        for thread in running:
            thread.join(seconds)
        return not any(thread.is_alive() for thread in running)
