"""Locks between the runs of one user."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from dockdj.errors import Refused
from dockdj.events import Event, Warned
from dockdj.localcloud.state import ownership
from tests.support.eventually import eventually

HOLDER = """
import sys
from pathlib import Path
from dockdj.localcloud.state import ownership
with ownership.alone(Path(sys.argv[1]), "x.lock", wait=True):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_elsewhere(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its input ends."""
    argv = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_lock_of_another_process_is_held(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path) as process:
        assert ownership.held(tmp_path, "x.lock")
        assert ownership.holder(tmp_path, "x.lock") == process.pid
        with pytest.raises(BlockingIOError), ownership.alone(tmp_path, "x.lock", wait=False):
            pass
    assert not ownership.held(tmp_path, "x.lock")


def test_wait_for_a_lock_is_reported_with_its_holder(tmp_path: Path) -> None:
    events: list[Event] = []
    with held_elsewhere(tmp_path) as process:

        def wait() -> None:
            with ownership.alone(tmp_path, "x.lock", wait=True, report=events.append):
                pass

        waiter = Thread(target=wait)
        waiter.start()
        eventually(lambda: bool(events))
        process.kill()
        waiter.join(60)
    assert not waiter.is_alive()
    assert events == [Warned(f"waiting: process {process.pid} holds the lock {tmp_path / 'x.lock'}")]


def test_free_lock_is_not_reported(tmp_path: Path) -> None:
    events: list[Event] = []
    with ownership.alone(tmp_path / "new", "x.lock", wait=True, report=events.append):
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert events == []


def test_planted_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir(mode=0o755)
    (tmp_path / "locks").symlink_to("victim")
    with pytest.raises(Refused, match="is a link"), ownership.alone(tmp_path / "locks", "x.lock", wait=True):
        pass
    assert list((tmp_path / "victim").iterdir()) == []


def test_planted_link_in_place_of_the_lock_is_refused(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("text")
    (tmp_path / "x.lock").symlink_to("victim")
    with pytest.raises(Refused, match="is a link"), ownership.alone(tmp_path, "x.lock", wait=True):
        pass
    with pytest.raises(Refused, match="is a link"):
        ownership.held(tmp_path, "x.lock")
    assert (tmp_path / "victim").read_text() == "text"


def test_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: user + 1)
    with pytest.raises(Refused, match="belongs to another user"), ownership.alone(tmp_path, "x.lock", wait=True):
        pass
    assert list(tmp_path.iterdir()) == []
