"""Work on several containers at the same time."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
WORKERS = 8


def in_parallel(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Call a function for all items in threads and return the results in order.

    Raises the first exception after all calls have ended.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, items))
