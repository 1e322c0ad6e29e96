import os
import platform
import socket
import subprocess
from pathlib import Path

import pytest

from dockdj.adapters import machine, processes
from dockdj.adapters.machine import has_ended, is_free, owner
from tests.support import ports
from tests.support.eventually import eventually


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


def test_process_that_has_the_id_of_an_ended_one_does_not_live_for_it() -> None:
    with subprocess.Popen(["sleep", "600"]) as process:
        started = processes.start_of(process.pid)
        assert started
        *place, _, _ = owner().split(":")
        assert not has_ended(":".join((*place, started, str(process.pid))))
        assert has_ended(":".join((*place, str(int(started) - 1), str(process.pid))))
        process.kill()
        # Not waited for: a zombie has ended.
        eventually(lambda: has_ended(":".join((*place, started, str(process.pid)))))


def test_without_proc_nothing_of_this_machine_is_known_to_have_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    label = f"{owner().rpartition(':')[0]}:{process.pid}"
    assert has_ended(label)
    monkeypatch.setattr(processes, "PROC", tmp_path)
    monkeypatch.setattr(machine, "BOOT_ID", tmp_path / "boot_id")
    assert owner() == f"{platform.node()}:{machine.place().machine}::::{os.getpid()}"
    assert not has_ended(label)
    assert not has_ended(f"{owner().rpartition(':')[0]}:{process.pid}")


def test_proc_of_another_namespace_tells_nothing_of_a_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As in a container that sees its host's /proc."""
    (tmp_path / "self").symlink_to("1")
    (tmp_path / "1").mkdir()
    monkeypatch.setattr(processes, "PROC", tmp_path)
    assert processes.start_of(os.getpid()) == ""
    assert processes.family(os.getppid()) == frozenset()
