"""What verifying a release finds: one finding a place, each decided from what was observed there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dockdj.model.release.record import Release

State = Literal["ok", "differs", "not there", "not asked"]
OK: State = "ok"
DIFFERS: State = "differs"
# Not published, not deployed, not fetched: nothing that could differ.
ABSENT: State = "not there"
# The place did not answer, so nothing is known of it.
UNASKED: State = "not asked"

SAME, DIFFERENT, UNKNOWN = 0, 1, 5
SHOWN = 19


@dataclass(frozen=True)
class Finding:
    """One place: its state, and what is said of it: every difference, or in a few words what is there."""

    place: str
    state: State
    details: tuple[str, ...] = ()


def judged(place: str, differences: Iterable[str], note: str = "") -> Finding:
    """A place that was looked at: different when anything differs; `note` is said when nothing does."""
    found = tuple(differences)
    return Finding(place, DIFFERS, found) if found else Finding(place, OK, (note,) if note else ())


def exit_code(findings: Sequence[Finding]) -> int:
    """1 when a place differs; otherwise 5 when one did not answer; 0 when all that is there is equal."""
    states = {finding.state for finding in findings}
    return DIFFERENT if DIFFERS in states else UNKNOWN if UNASKED in states else SAME


def short(digest: str) -> str:
    """A digest as people compare it: `sha256:` and 12 digits."""
    return digest[:SHOWN]


def log_finding(events: Iterable[Mapping[str, Any]], release: Release) -> Finding:
    """Whether what this checkout published and deployed under the version was this record.

    `events` are the log's entries of the version, each with `when`, `what`, `target` and `record`.
    """
    known = [event for event in events if event["record"]]
    if not known:
        return Finding("log", ABSENT, ("this checkout neither published nor deployed it",))
    differences = [
        f"{event['what']} on {event['target']} at {event['when']} was the record {short(event['record'])}"
        for event in known
        if event["record"] != release.digest
    ]
    count = "1 event" if len(known) == 1 else f"{len(known)} events"
    return judged("log", differences, f"{count} of this record, none of another")
