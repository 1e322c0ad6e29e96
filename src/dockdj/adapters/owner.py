"""The owner of a container or checkout: the process that made it, and whether that process still lives.

A killed run leaves containers and checkouts, which the next run removes. A run in another PID namespace, on another
machine or before the last boot cannot be looked for by its process id, so a label tells where the id means something.
"""

from dataclasses import dataclass
from enum import Enum

# The PID namespace of the machine itself, not of a container (PROC_PID_INIT_INO in Linux's proc_ns.h).
FIRST_NAMESPACE = "4026531836"
# A process id has at most 10 digits, and a start 20.
DIGITS = 20


class Life(Enum):
    """The state of a process. What an UNKNOWN process owns stays."""

    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Place:
    """The place in which a process has its id: machine id, boot id and PID namespace; empty if unknown."""

    machine: str = ""
    boot: str = ""
    namespace: str = ""


@dataclass(frozen=True)
class Owner:
    """A process: its host's name, its id, the place where it has this id, and its start in clock ticks after the boot.

    Older labels have neither `place` nor `start`.
    """

    host: str
    process: int
    place: Place | None = None
    start: str = ""

    def __str__(self) -> str:
        """The label: HOST:MACHINE:BOOT:NAMESPACE:START:PROCESS, or HOST:PROCESS without a place."""
        place = self.place
        details = (place.machine, place.boot, place.namespace, self.start) if place else ()
        return ":".join((self.host, *details, str(self.process)))


def parse(label: str) -> Owner | None:
    """The owner that a label names; None if it names no process."""
    host, *details = label.split(":")
    if not host or not details or not _is_number(details[-1]):
        return None
    process = int(details[-1])
    match details[:-1]:
        case []:
            return Owner(host, process)
        case [machine, boot, namespace, start] if not start or _is_number(start):
            return Owner(host, process, Place(machine, boot, namespace), start)
    return None


def life(owner: Owner, host: str, here: Place, seen: str | None) -> Life:
    """Decide if an owner lives, seen from a process at `here`.

    `seen` is the start of the process that has the owner's id here: empty if it is unknown, None without a process.
    """
    place = owner.place
    if place is None:
        # An old label has only host and id.
        is_dead = owner.host == host and seen is None
        return Life.DEAD if is_dead else Life.UNKNOWN
    if not place.boot or not here.boot:
        return Life.UNKNOWN
    if place.boot != here.boot:
        return Life.DEAD if owner.host == host and _is_same_machine(place, here) else Life.UNKNOWN
    if not place.namespace or place.namespace != here.namespace:
        return Life.UNKNOWN
    if seen is None:
        return Life.DEAD
    if not seen or not owner.start or seen == owner.start:
        return Life.ALIVE
    # Another process has the id by now. It cannot have started before the owner.
    return Life.DEAD if int(seen) > int(owner.start) else Life.UNKNOWN


def _is_same_machine(place: Place, other: Place) -> bool:
    """Tell if both are one machine itself. A container's image may give many machines one id."""
    outside = place.namespace == other.namespace == FIRST_NAMESPACE
    return outside and bool(place.machine) and place.machine == other.machine


def _is_number(text: str) -> bool:
    # `str.isdecimal` takes other scripts' digits, and `int` refuses thousands of them.
    return text.isascii() and text.isdecimal() and len(text) <= DIGITS
