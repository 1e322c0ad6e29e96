"""Waiting for what will come, for as long as a slow and loaded machine may need; what comes ends the wait at once."""

import http.client
import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 180.0
LOOK_SECONDS = 0.05
Answer = TypeVar("Answer")


def eventually(holds: Callable[[], Answer | None], seconds: float = PATIENCE_SECONDS) -> Answer:
    """Wait until something holds, and return it. A server that starts or ends meanwhile closes connections."""
    deadline = time.monotonic() + seconds
    while True:
        # Whoever was kept waiting itself looks once more.
        late = time.monotonic() > deadline
        if found := _asked(holds):
            return found
        assert not late, f"not within {seconds:g} s"
        time.sleep(LOOK_SECONDS)


def _asked(holds: Callable[[], Answer | None]) -> Answer | None:
    try:
        return holds()
    except (OSError, http.client.HTTPException):
        return None
