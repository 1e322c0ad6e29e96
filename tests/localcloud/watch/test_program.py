"""Programs that answer over a connection of Docker's, and the program that reports from inside an instance."""

import json
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockdj.localcloud.watch.inside import instance_report
from dockdj.localcloud.watch.observer import parse_report
from dockdj.localcloud.watch.program import Program, Silent


@pytest.fixture
def connection() -> Iterator[tuple[Program, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield Program(ours), theirs
    ours.close()
    theirs.close()


def frame(data: bytes) -> bytes:
    return struct.pack(">BxxxI", 1, len(data)) + data


@pytest.mark.parametrize("size", [1, 5, 9, 1000])
def test_answer_is_put_together_from_frames_however_they_are_cut(
    connection: tuple[Program, socket.socket], size: int
) -> None:
    program, theirs = connection
    stream = frame("first grün".encode()) + frame(b" part\0") + frame(b"\nsecond\0\n")

    def send() -> None:
        for start in range(0, len(stream), size):
            theirs.sendall(stream[start : start + size])

    sender = threading.Thread(target=send)
    sender.start()
    assert program.ask("?", 60) == "first grün part"
    assert program.ask("!", 60) == "second"
    sender.join()
    assert theirs.recv(100) == b"?\n!\n"


def test_program_that_ended_is_silent(connection: tuple[Program, socket.socket]) -> None:
    program, theirs = connection
    theirs.sendall(frame(b"half an answ"))
    theirs.close()
    with pytest.raises(Silent):
        program.ask("?", 60)


def test_program_that_does_not_answer_in_time_is_silent(connection: tuple[Program, socket.socket]) -> None:
    program, _ = connection
    with pytest.raises(Silent, match="in time"):
        program.answer(time.monotonic() - 1)


def test_instance_reports_load_and_processor_time_until_its_input_ends() -> None:
    program = Path(str(instance_report.__file__)).read_text()
    done = subprocess.run([sys.executable, "-c", program], input="\n\n", capture_output=True, text=True, check=True)
    first, second, rest = done.stdout.split("\0\n")
    assert rest == ""
    assert json.loads(first).keys() == json.loads(second).keys()
    inside = parse_report(first)
    assert inside.record is None
    assert inside.load is not None and inside.load.processors >= 1


def test_report_names_containers_that_do_not_run() -> None:
    containers = [
        {"service": "web", "state": "running", "status": "Up 2 hours"},
        {"service": "worker", "state": "exited", "status": "Exited (1) 3 seconds ago"},
    ]
    record = {"version": "v2", "deployment": 4, "variables": "", "finished": True}
    fields = {"load": [0.5, 0.25], "user": 3, "system": 1, "processors": 2, "record": record, "containers": containers}
    inside = parse_report(json.dumps(fields))
    assert inside.stopped == ("worker: Exited (1) 3 seconds ago",)
    assert inside.record is not None and (inside.record.version, inside.record.deployment) == ("v2", 4)
    assert inside.engine
    assert not parse_report(json.dumps({**fields, "containers": None})).engine


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"load": []}', "null", '{"load": [1, 2], "user": {}}'])
def test_report_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_report(text)
