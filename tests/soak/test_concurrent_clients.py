"""Concurrent clients of the local cloud see only legal transitions, under kills of the server.

SOAK_CLIENT_RUNS and SOAK_SEED choose how often, and repeat a run.
"""

import os
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.localcloud.concurrent_clients import run
from tests.localcloud.histories import check

# It needs no Docker. The second mark keeps it out of the fast tests.
pytestmark = pytest.mark.soak

RUNS = int(os.environ.get("SOAK_CLIENT_RUNS", "20"))
SEED = int(os.environ.get("SOAK_SEED", str(time.time_ns() % 1_000_000)))


def test_concurrent_clients_see_only_legal_transitions_for_long(tmp_path: Path) -> None:
    print(f"\nSOAK_SEED={SEED} SOAK_CLIENT_RUNS={RUNS}")
    transitions: Counter[str] = Counter()
    calls: Counter[bool | None] = Counter()
    for number in range(RUNS):
        history = run(tmp_path / str(number), SEED + number, clients=8, calls=100, kills=4)
        for walk in check(history).values():
            transitions.update(f"{before} -> {status}" for before, status in pairwise(walk))
        calls.update(call.accepted for call in history.calls)
    print(f"{calls[True]} calls accepted, {calls[False]} refused; transitions: {dict(transitions)}")
    assert transitions["Updating -> Terminating"] and transitions["Terminating -> Ready"]
