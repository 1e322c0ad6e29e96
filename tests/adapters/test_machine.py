import os
import socket
import subprocess

import pytest

from dockdj.adapters.machine import has_ended, is_free, owner
from tests.support import ports


def test_running_process_has_not_ended_even_if_another_user_owns_it() -> None:
    host, _, process = owner().rpartition(":")
    assert int(process) == os.getpid()
    assert not has_ended(owner())
    assert not has_ended(f"{host}:1")


def test_finished_process_of_this_machine_has_ended() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    host = owner().rpartition(":")[0]
    assert has_ended(f"{host}:{process.pid}")
    assert has_ended(f"{host}:99999999999999999999")
    assert not has_ended(f"elsewhere:{process.pid}")


# `str.isdigit` takes "²" for a number, which `int` refuses.
@pytest.mark.parametrize("process", ["", "x", "²", "-1", "1x"])
def test_label_without_a_process_number_never_counts_as_ended(process: str) -> None:
    host = owner().rpartition(":")[0]
    assert not has_ended(f"{host}:{process}")
    assert not has_ended(process)


def test_port_is_free_only_while_nothing_listens() -> None:
    port = ports.free()
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)
    assert is_free(port)
