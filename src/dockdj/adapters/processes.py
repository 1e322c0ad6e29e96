"""The processes of this machine as Linux shows them in /proc. Other systems have no /proc: nothing is known there."""

import contextlib
import os
import resource
import sys
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
    fields = _fields(str(process))
    if not fields or fields[STATE] in ENDED:
        return None
    return Process(process, int(fields[PARENT]), int(fields[GROUP]), fields[START])


def start_of(process: int) -> str | None:
    """When the process of this id started; empty if the system does not show it, None if no process has the id."""
    fields = _fields(str(process)) if _shows_our_ids() else ()
    if fields:
        return None if fields[STATE] in ENDED else fields[START]
    return "" if _exists(process) else None


def own_start() -> str:
    """When this process started; empty without /proc."""
    fields = _fields("self")
    return fields[START] if fields else ""


def namespace() -> str:
    """The number of this process's PID namespace; empty without /proc."""
    return _link("self/ns/pid").removeprefix("pid:[").removesuffix("]")


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


def bound_memory(process: int, size: int) -> None:
    """Give a process, and those that it starts from now on, at most `size` bytes of data; nothing elsewhere."""
    if sys.platform == "linux":
        # It may have ended already.
        with contextlib.suppress(OSError):
            resource.prlimit(process, resource.RLIMIT_DATA, (size, size))


def _and_descendants(processes: set[Process], running: Collection[Process]) -> set[Process]:
    members, newest = set(processes), set(processes)
    while newest:
        ids = {process.id for process in newest}
        newest = {process for process in running if process.parent in ids} - members
        members |= newest
    return members


def _running() -> tuple[Process, ...]:
    if not _shows_our_ids():
        return ()
    folders = [folder for folder in PROC.glob("[0-9]*") if folder.name.isdecimal()]
    return tuple(process for folder in folders if (process := read(int(folder.name))) is not None)


def _shows_our_ids() -> bool:
    """Tell if /proc has the ids of our PID namespace. A container may see its host's /proc."""
    return _link("self") == str(os.getpid())


def _fields(process: str) -> tuple[str, ...]:
    """The fields that /proc shows of a process; empty if it tells nothing."""
    try:
        text = (PROC / process / "stat").read_text(errors="replace")
    except OSError:
        return ()
    fields = tuple(text.rpartition(")")[2].split())
    return fields if len(fields) > START else ()


def _link(name: str) -> str:
    try:
        return str((PROC / name).readlink())
    except OSError:
        return ""


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
