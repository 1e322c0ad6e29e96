"""Wait until something holds: the only waiting loop of the use-cases."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def poll(
    look: Callable[[], T], done: Callable[[T], bool], *, deadline: float, pause: Callable[[], object]
) -> tuple[T, bool]:
    """Look until `done` holds or the deadline has passed; the last value, and whether `done` held for it.

    `deadline` is a moment of `time.monotonic()`, so that a clock that is set does not matter. `pause` is called
    between two looks. There is at least one look.
    """
    while True:
        value = look()
        if done(value):
            return value, True
        if time.monotonic() > deadline:
            return value, False
        pause()
