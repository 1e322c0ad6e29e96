"""What happened to releases after they were made: an append-only log beside the project, one JSON line an event."""

import getpass
import io
import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from dockdj.adapters.disk import make_ignored
from dockdj.events import Report, Warned, silent
from dockdj.model.project.project import Project

LOG_FILE = ".dockdj/log.jsonl"
# The events after which a target runs the version they name, when they ended "ok".
RAN = ("deployed", "rolled back", "returned")


@dataclass(frozen=True)
class LoggedEvent:
    """One thing that happened: when (ISO 8601, UTC), who, what, to which version, where, and how it ended."""

    when: str
    who: str
    what: str
    version: str
    target: str
    outcome: str
    record: str = ""
    label: str = ""


def append(
    project: Project,
    *,
    what: str,
    version: str,
    target: str,
    outcome: str,
    record: str = "",
    label: str = "",
    report: Report = silent,
) -> None:
    """Add an event; `label` is the platform's name of what was deployed.

    Where it cannot be written, that is said and no error: what it tells of has happened, or must not wait for a log.
    """
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    event = LoggedEvent(when, _who(), what, version, target, outcome, record, label)
    try:
        _write(project.root / LOG_FILE, event)
    except OSError as error:
        lost = f"{what} {version}, {target}: {outcome}"
        report(Warned(f"`dockdj history` will not know of `{lost}`: {LOG_FILE} cannot be written: {error.strerror}"))


def _write(path: Path, event: LoggedEvent) -> None:
    """Add a line in one write that two runs cannot mix."""
    make_ignored(path.parent)
    line = json.dumps(asdict(event), ensure_ascii=False).encode() + b"\n"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644), "r+b", buffering=0) as file:
        # What a killed run left half written must not swallow this line.
        file.write(line if _ends_with_newline(file) else b"\n" + line)
        os.fsync(file.fileno())


def _ends_with_newline(file: io.FileIO) -> bool:
    size = file.seek(0, os.SEEK_END)
    return size == 0 or os.pread(file.fileno(), 1, size - 1) == b"\n"


def read(project: Project, target: str | None = None, report: Report = silent) -> tuple[LoggedEvent, ...]:
    """All events, oldest first; those of one target when it is named.

    Lines that are none, as a killed run leaves one half written, are passed over, which is said.
    """
    try:
        # What was half written may end within a character; a name may hold what else ends a line.
        lines = (project.root / LOG_FILE).read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return ()
    except OSError as error:
        report(Warned(f"{LOG_FILE} cannot be read: {error.strerror}"))
        return ()
    found = {number: _event(line) for number, line in enumerate(lines, 1) if line}
    if damaged := [str(number) for number, event in found.items() if event is None]:
        report(Warned(f"{LOG_FILE}: passed over what is damaged: line {', '.join(damaged)}"))
    return tuple(event for event in found.values() if event and target in (None, event.target))


def _event(line: str) -> LoggedEvent | None:
    try:
        event = LoggedEvent(**json.loads(line))
    except (ValueError, TypeError):
        return None
    return event if all(isinstance(value, str) for value in vars(event).values()) else None


def has(project: Project, what: str, version: str, target: str) -> bool:
    """Whether such an event is in the log."""
    return any(event.what == what and event.version == version for event in read(project, target))


def ends_with(project: Project, target: str, version: str) -> bool:
    """Whether the last thing that changed what the target runs brought this version, and ended well."""
    ran = [event for event in read(project, target) if event.what in RAN]
    return bool(ran) and (ran[-1].version, ran[-1].outcome) == (version, "ok")


def label_before(project: Project, target: str, label: str) -> str:
    """The last label that ran well on this target, other than this one; empty when none is known."""
    good = [event.label for event in read(project, target) if event.what in RAN and event.outcome == "ok"]
    return next((one for one in reversed(good) if one and one != label), "")


def finished(events: tuple[LoggedEvent, ...]) -> tuple[LoggedEvent, ...]:
    """The events as history shows them: a start is left out when its end is known."""
    return tuple(
        event
        for position, event in enumerate(events)
        if event.outcome != "started" or not any(_same(event, later) for later in events[position + 1 :])
    )


def _same(start: LoggedEvent, later: LoggedEvent) -> bool:
    return (start.what, start.version, start.target) == (later.what, later.version, later.target)


def _who() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return f"{name}@{platform.node()}"
