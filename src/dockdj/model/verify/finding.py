"""Findings of a verification: one for each place, decided from what was observed there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dockdj.model.release.record import Release

State = Literal["ok", "differs", "not there", "not asked"]
OK: State = "ok"
DIFFERS: State = "differs"
# Not published, not deployed, not fetched: nothing that could differ.
ABSENT: State = "not there"
# The place did not answer, so its contents are unknown.
UNASKED: State = "not asked"

SAME, DIFFERENT, UNKNOWN = 0, 1, 5
SHOWN = 19


@dataclass(frozen=True)
class Finding:
    """A place, its state, and every difference or, without one, a short note about the place."""

    place: str
    state: State
    details: tuple[str, ...] = ()


def judged(place: str, differences: Iterable[str], note: str = "") -> Finding:
    """The finding about an observed place: its differences or, without one, `note`."""
    details = tuple(differences)
    return Finding(place, DIFFERS, details) if details else Finding(place, OK, (note,) if note else ())


def exit_code(findings: Sequence[Finding]) -> int:
    """1 if a place differs; otherwise 5 if a place did not answer, else 0."""
    states = {finding.state for finding in findings}
    return DIFFERENT if DIFFERS in states else UNKNOWN if UNASKED in states else SAME


def short(digest: str) -> str:
    """A digest as people compare it: `sha256:` and 12 digits."""
    return digest[:SHOWN]


def log_finding(events: Iterable[Mapping[str, Any]], release: Release) -> Finding:
    """Compare the record with those that this checkout published and deployed under the version.

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
