"""How long things take, measured side by side."""

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROUNDS = 7


def alternating(ours: Callable[[], object], theirs: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Median seconds of two things, run in turn so that a busy machine slows both."""
    one, two = [], []
    for _ in range(rounds):
        one.append(seconds(ours))
        two.append(seconds(theirs))
    return statistics.median(one), statistics.median(two)


def seconds(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def program(argv: Sequence[str], cwd: Path | None = None) -> Callable[[], object]:
    """Running a program to its end, as something to time."""
    return lambda: subprocess.run(argv, cwd=cwd, check=True, capture_output=True)
