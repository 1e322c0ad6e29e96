"""Wait for a condition, as long as a slow and busy machine may need, and no longer than until it holds."""

import http.client
import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 180.0
POLL_SECONDS = 0.05
Answer = TypeVar("Answer")


def eventually(holds: Callable[[], Answer | None], seconds: float = PATIENCE_SECONDS) -> Answer:
    """Wait until a condition holds and return its value. A failed connection counts as not yet."""
    deadline = time.monotonic() + seconds
    while True:
        # The process itself may have been suspended, so the condition is checked once more.
        late = time.monotonic() > deadline
        if answer := _answer(holds):
            return answer
        assert not late, f"not within {seconds:g} s"
        time.sleep(POLL_SECONDS)


def _answer(holds: Callable[[], Answer | None]) -> Answer | None:
    try:
        return holds()
    except (OSError, http.client.HTTPException):
        return None
