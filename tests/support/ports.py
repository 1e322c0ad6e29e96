"""TCP ports that are chosen now and used later; no other program gets them before, or while their server restarts.

A port that the kernel chose (`bind` to 0) is in the range from which it also serves every outgoing connection. These
are below that range, and above those that browsers refuse; each worker has a part of its own.
"""

import os
import random
import socket
from collections.abc import Iterator
from itertools import cycle

# A program that searches upwards from a taken port does not reach the next one.
NAMED = range(20_000, 32_000, 10)


def free() -> int:
    """A port on which nothing listens and which this process has not chosen recently."""
    return next(port for port in _own if _is_free(port))


def _of_this_worker() -> Iterator[int]:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    size = len(NAMED) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    mine = NAMED[number * size : (number + 1) * size]
    # Another test run on this machine starts at another port.
    first = random.SystemRandom().randrange(size)
    return cycle([*mine[first:], *mine[:first]])


_own = _of_this_worker()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
