"""The log of what happened to releases after they were made: append-only, in the project, one JSON line per event."""

import getpass
import json
import os
import platform
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from dockdj.adapters.disk import append_line, make_ignored
from dockdj.errors import CommandFailed, UsageError
from dockdj.events import Report, Warned, silent
from dockdj.model import json_document
from dockdj.model.project.project import Project

LOG_FILE = ".dockdj/log.jsonl"


class EventKind(StrEnum):
    """A kind of event. The values are the words that the log stores."""

    PUBLISHED = "published"
    DEPLOYED = "deployed"
    ROLLED_BACK = "rolled back"
    RETURNED = "returned"
    """Rolled back by Dockdj itself, because a deployment failed."""


class Outcome(StrEnum):
    """The outcome of an event. The values are the words that the log stores."""

    STARTED = "started"
    OK = "ok"
    FAILED = "failed"


# The kinds of events after which a target runs the version they name, when their outcome is OK.
RAN = frozenset({EventKind.DEPLOYED, EventKind.ROLLED_BACK, EventKind.RETURNED})


@dataclass(frozen=True)
class LogEvent:
    """Something that happened to a version on a target. `record` is the release record's digest, `label` the
    platform's name of what was deployed."""

    what: EventKind
    version: str
    target: str
    outcome: Outcome
    record: str = ""
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class LoggedEvent(LogEvent):
    """A stored event, with its time (ISO 8601, UTC) and who did it (USER@MACHINE)."""

    when: str
    who: str


def append(project: Project, event: LogEvent, report: Report = silent) -> None:
    """Add an event to the project's log.

    A failed write is only a warning: the event has happened, or must not wait for a log.
    """
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    stored = LoggedEvent(when=when, who=_who(), **asdict(event))
    about = {"when": stored.when, "who": stored.who}
    line = json.dumps({**about, **asdict(event)}, ensure_ascii=False).encode()
    path = project.root / LOG_FILE
    try:
        make_ignored(path.parent)
        append_line(path, line)
    except (UsageError, CommandFailed) as error:
        lost = f"{event.what} {event.version}, {event.target}: {event.outcome}"
        report(Warned(f"`dockdj history` will not know of `{lost}`: {error.message}"))


def read(project: Project, target: str | None = None, report: Report = silent) -> tuple[LoggedEvent, ...]:
    """All events, oldest first; those of `target` when it is given.

    Malformed lines (a killed run may leave a partial one) and words that this version does not know are skipped
    with a warning.
    """
    try:
        # A partial line may end within a character; a user's name may hold what Python takes for the end of a line.
        lines = (project.root / LOG_FILE).read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return ()
    except OSError as error:
        report(Warned(f"{LOG_FILE} cannot be read: {error.strerror}"))
        return ()
    events = {number: _event(line) for number, line in enumerate(lines, 1) if line}
    if malformed := [str(number) for number, event in events.items() if event is None]:
        report(Warned(f"{LOG_FILE}: skipped malformed lines: {', '.join(malformed)}"))
    return tuple(event for event in events.values() if event and target in (None, event.target))


def _event(line: str) -> LoggedEvent | None:
    try:
        event = LoggedEvent(**json_document.table(json_document.parse(line)))
        if not all(isinstance(value, str) for value in vars(event).values()):
            return None
        return replace(event, what=EventKind(event.what), outcome=Outcome(event.outcome))
    except (ValueError, TypeError):
        return None


def has(project: Project, what: EventKind, version: str, target: str) -> bool:
    """True if the log has such an event."""
    return any(event.what is what and event.version == version for event in read(project, target))


def ends_with(project: Project, target: str, version: str) -> bool:
    """True if the last event that changed what the target runs brought this version, and ended OK."""
    ran = [event for event in read(project, target) if event.what in RAN]
    return bool(ran) and (ran[-1].version, ran[-1].outcome) == (version, Outcome.OK)


def label_before(project: Project, target: str, label: str) -> str:
    """The last label other than `label` that ran successfully on this target; empty when the log has none."""
    good = [event.label for event in read(project, target) if event.what in RAN and event.outcome is Outcome.OK]
    return next((earlier for earlier in reversed(good) if earlier and earlier != label), "")


def finished(events: tuple[LoggedEvent, ...]) -> tuple[LoggedEvent, ...]:
    """The events as history shows them: without each start whose end is logged, too."""
    return tuple(
        event
        for position, event in enumerate(events)
        if event.outcome is not Outcome.STARTED or not any(_same(event, later) for later in events[position + 1 :])
    )


def _same(start: LoggedEvent, later: LoggedEvent) -> bool:
    return (start.what, start.version, start.target) == (later.what, later.version, later.target)


def _who() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    # A name from the environment may be of bytes that are not UTF-8.
    return os.fsencode(f"{name}@{platform.node()}").decode(errors="replace")
