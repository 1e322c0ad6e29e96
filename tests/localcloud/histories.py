"""The check of a history of concurrent clients against the table of legal transitions.

An environment's first and last events are stored in the same transaction as its status, so the order of the events is
the order of the transitions. What clients saw must fit into that order.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dockdj.localcloud.jobs import ABORTED, INCOMPLETE, NOT_ABORTED
from dockdj.localcloud.recovery import NOT_STARTED, STOPPED, UNDONE
from dockdj.localcloud.state.tables import EnvironmentStatus
from dockdj.localcloud.state.transitions import Change, after

CREATE = "createEnvironment is starting."
BEGINNINGS = {
    "Environment update is starting.": Change.UPDATE,
    "abortEnvironmentUpdate is starting.": Change.ABORT,
    "terminateEnvironment is starting.": Change.TERMINATE,
}
ENDS = {
    INCOMPLETE: Change.LAUNCHED,
    "Environment update completed successfully.": Change.UPDATED,
    "Failed to deploy application.": Change.UPDATED,
    "Failed to deploy configuration.": Change.UPDATED,
    "terminateEnvironment completed successfully.": Change.TERMINATED,
    "Failed to terminate environment.": Change.TERMINATION_FAILED,
    STOPPED: Change.INTERRUPTED,
    ABORTED[1]: Change.ABORTED,
    NOT_ABORTED[1]: Change.ABORTED,
    UNDONE[1]: Change.ABORTED,
}
NOT_UNDONE = NOT_STARTED.format("")
LAUNCHED = "Successfully launched environment: "
BETWEEN = "Working: "


@dataclass(frozen=True)
class Event:
    """An event about an environment, as DescribeEvents returns it."""

    environment: str
    request: str
    message: str


@dataclass(frozen=True)
class Call:
    """A call with its answer. `accepted` is None if the server died before it answered."""

    request: str
    accepted: bool | None
    forced: bool = False


@dataclass(frozen=True)
class Sighting:
    """The status of one environment in an answer of DescribeEnvironments."""

    observer: int
    environment_id: str
    status: str


@dataclass
class History:
    """Everything that clients and observers have seen."""

    calls: list[Call] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    """Oldest first."""
    ids: dict[str, list[str]] = field(default_factory=dict)
    """The ids of the environments with each name, oldest first."""
    final: dict[str, str] = field(default_factory=dict)
    """The status of each id after the last operation."""


class Illegal(AssertionError):
    """The history does not fit the model."""


def check(history: History) -> dict[str, list[EnvironmentStatus]]:
    """The statuses that each environment went through, by id. Raises Illegal."""
    _check_answers(history)
    gentle = {call.request for call in history.calls if not call.forced}
    by_name: dict[str, list[Event]] = defaultdict(list)
    for event in history.events:
        by_name[event.environment].append(event)
    walks: dict[str, list[EnvironmentStatus]] = {}
    for name, events in by_name.items():
        lives = _lives(events, gentle)
        if len(lives) != len(history.ids[name]):
            raise Illegal(f"{name} was created {len(lives)} times, but {len(history.ids[name])} are described")
        walks |= zip(history.ids[name], lives, strict=True)
    for environment_id, status in history.final.items():
        if walks[environment_id][-1] != status:
            raise Illegal(f"{environment_id} is {status} at last, but its events end in {walks[environment_id][-1]}")
    _check_sightings(history.sightings, walks)
    return walks


def _check_answers(history: History) -> None:
    """An accepted call has begun an operation, a refused one has left no event."""
    begun = {event.request for event in history.events if event.message == CREATE or event.message in BEGINNINGS}
    reported = {event.request for event in history.events}
    for call in history.calls:
        if call.accepted and call.request not in begun:
            raise Illegal(f"the accepted call {call.request} began nothing")
        if call.accepted is False and call.request in reported:
            raise Illegal(f"the refused call {call.request} has events")


def _lives(events: Iterable[Event], gentle: set[str]) -> list[list[EnvironmentStatus]]:
    """The statuses of each environment that had this name, by its events."""
    lives: list[list[EnvironmentStatus]] = []
    operation, aborted = "", ""
    for event in events:
        status = lives[-1][-1] if lives else EnvironmentStatus.TERMINATED
        if event.message == CREATE:
            if status != EnvironmentStatus.TERMINATED:
                raise Illegal(f"{event} while the environment is {status}")
            lives.append([EnvironmentStatus.LAUNCHING])
            operation = event.request
        elif event.message in BEGINNINGS:
            change = BEGINNINGS[event.message]
            aborted = operation if change == Change.ABORT else ""
            # A call that the killed server did not answer may have been one by force.
            if change == Change.TERMINATE and event.request not in gentle:
                change = Change.TERMINATE_BY_FORCE
            lives[-1].append(_next(status, change, event))
            operation = event.request
        elif status == EnvironmentStatus.ABORTING and event.request == aborted:
            # The aborted update ends together with its abort.
            continue
        elif (end := _end(event.message, status)) is not None:
            lives[-1].append(_next(status, end, event))
            _belongs(event, operation)
        elif event.message.startswith(BETWEEN):
            _belongs(event, operation)
    return lives


def _end(message: str, status: EnvironmentStatus) -> Change | None:
    if message.startswith(NOT_UNDONE):
        # A resumption that fails ends nothing.
        return Change.ABORTED if status == EnvironmentStatus.ABORTING else None
    return Change.LAUNCHED if message.startswith(LAUNCHED) else ENDS.get(message)


def _next(status: EnvironmentStatus, change: Change, event: Event) -> EnvironmentStatus:
    status_after = after(status, change)
    if status_after is None:
        raise Illegal(f"{event} while the environment is {status}")
    return status_after


def _belongs(event: Event, operation: str) -> None:
    if event.request != operation:
        raise Illegal(f"{event} is of a replaced operation: {operation} runs")


def _check_sightings(sightings: Iterable[Sighting], walks: dict[str, list[EnvironmentStatus]]) -> None:
    """Each observer saw an environment's statuses in their order; it may have missed some."""
    seen: dict[tuple[int, str], list[str]] = defaultdict(list)
    for sighting in sightings:
        statuses = seen[sighting.observer, sighting.environment_id]
        if statuses[-1:] != [sighting.status]:
            statuses.append(sighting.status)
    for (observer, environment_id), statuses in seen.items():
        if not _fits(statuses, walks[environment_id]):
            walk = " ".join(walks[environment_id])
            raise Illegal(f"observer {observer} saw {environment_id} as {' '.join(statuses)}, but it was {walk}")


def _fits(seen: Sequence[str], walk: Sequence[str]) -> bool:
    """Return whether the seen statuses are a subsequence of the walk."""
    remaining = iter(walk)
    return all(status in remaining for status in seen)
