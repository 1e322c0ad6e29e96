"""Several containers at the same time."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
WORKERS = 8


def together(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Results in the order of the items, made at the same time; the first failure is raised when all have ended."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, items))
