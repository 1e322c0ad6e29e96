"""Wait until something holds, or a deadline has passed."""

import time
from itertools import count

from dockdj.lifecycle.polling import poll


def test_poll_returns_the_first_value_that_holds_and_pauses_between_looks() -> None:
    numbers, pauses = count(), count()
    value, held = poll(
        lambda: next(numbers), lambda value: value == 3, deadline=time.monotonic() + 60, pause=lambda: next(pauses)
    )
    assert (value, held, next(pauses)) == (3, True, 3)


def test_poll_looks_once_when_the_deadline_has_passed() -> None:
    looks: list[int] = []

    def look() -> int:
        looks.append(1)
        return len(looks)

    assert poll(look, lambda _: False, deadline=time.monotonic() - 1, pause=lambda: None) == (1, False)
    assert poll(look, lambda _: True, deadline=time.monotonic() - 1, pause=lambda: None) == (2, True)
