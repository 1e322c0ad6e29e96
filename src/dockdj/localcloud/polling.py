"""Polling: the one loop that waits for a condition."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def poll(check: Callable[[], Result], *, seconds: float, every: float) -> Result:
    """Call a check until its result is true or the time is over, and return the last result.

    The last call begins after the deadline, so that a slow check does not count as a failure.
    """
    deadline = time.monotonic() + seconds
    while True:
        expired = time.monotonic() > deadline
        result = check()
        if result or expired:
            return result
        time.sleep(every)
