"""TCP ports that are named now and used later: nobody else gets them in between, nor while their server restarts.

A port that the kernel chose (`bind` to 0) is in the range from which it also serves every outgoing connection. These
are below that range, and above those that browsers refuse; each worker has a part of its own.
"""

import os
import random
import socket
from collections.abc import Iterator
from itertools import cycle

# Whoever finds one taken and looks further on does not come to the next.
NAMED = range(20_000, 32_000, 10)


def free() -> int:
    """A port on which nothing listens, and which was not named here a moment ago."""
    return next(port for port in _own if _is_free(port))


def _of_this_worker() -> Iterator[int]:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    size = len(NAMED) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    mine = NAMED[number * size : (number + 1) * size]
    # Another run of tests on this machine begins elsewhere.
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
