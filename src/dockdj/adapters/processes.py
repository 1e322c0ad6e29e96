"""The processes of this machine as Linux shows them in /proc. Other systems have no /proc: nothing is known there."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
# Fields of /proc/PID/stat after the command, which may contain anything but ends with the last `)` (proc(5)).
STATE, PARENT, GROUP, START = 0, 1, 2, 19
ENDED = ("Z", "X", "x")


@dataclass(frozen=True)
class Process:
    """A process: its id, its parent's and its group's, and when it started, in clock ticks after the boot."""

    id: int
    parent: int
    group: int
    start: str


def read(process: int) -> Process | None:
    """The running process of this id; None if no process has the id, or /proc does not show it."""
    try:
        text = (PROC / str(process) / "stat").read_text(errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    if len(fields) <= START or fields[STATE] in ENDED:
        return None
    return Process(process, int(fields[PARENT]), int(fields[GROUP]), fields[START])


def family(program: int) -> frozenset[Process]:
    """The running descendants of a process, and the members of the group that it leads, without itself.

    The process must not have been waited for: its id, and so its group's, would be free for others.
    """
    running = _running()
    children = {process for process in running if program in (process.parent, process.group)}
    return frozenset(process for process in _and_descendants(children, running) if process.id != program)


def with_descendants(processes: Collection[Process]) -> frozenset[Process]:
    """Those that have not ended, and their running descendants."""
    return frozenset(_and_descendants(set(still_running(processes)), _running()))


def still_running(processes: Collection[Process]) -> tuple[Process, ...]:
    """Those that have not ended. An id that another process has by now does not count."""
    return tuple(each for each in processes if (now := read(each.id)) is not None and now.start == each.start)


def _and_descendants(processes: set[Process], running: Collection[Process]) -> set[Process]:
    members, newest = set(processes), set(processes)
    while newest:
        ids = {process.id for process in newest}
        newest = {process for process in running if process.parent in ids} - members
        members |= newest
    return members


def _running() -> tuple[Process, ...]:
    # Without /proc the pattern matches nothing.
    folders = [folder for folder in PROC.glob("[0-9]*") if folder.name.isdecimal()]
    return tuple(process for folder in folders if (process := read(int(folder.name))) is not None)
