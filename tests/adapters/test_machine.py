import os
import subprocess

import pytest

from dockdj.adapters.machine import ended, owner


def test_a_process_that_lives_has_not_ended_whoever_it_belongs_to() -> None:
    host, _, process = owner().rpartition(":")
    assert int(process) == os.getpid()
    assert not ended(owner())
    assert not ended(f"{host}:1")


def test_a_process_that_is_gone_has_ended() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    host = owner().rpartition(":")[0]
    assert ended(f"{host}:{process.pid}")
    assert ended(f"{host}:99999999999999999999")
    assert not ended(f"elsewhere:{process.pid}")


@pytest.mark.parametrize("label", ["", ":", "1", "²"])
def test_what_names_no_process_is_left_alone(label: str) -> None:
    host = owner().rpartition(":")[0]
    assert not ended(label)
    assert not ended(f"{host}:{label}x")
