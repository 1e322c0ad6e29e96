"""What the suites of two releases said, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model.release.record import Release


@dataclass(frozen=True)
class Verdict:
    """How many tests ended how. `known` of the failed ones fail on the older stack, too."""

    passed: int
    failed: int
    skipped: int
    known: int = 0


@dataclass(frozen=True)
class SuiteChange:
    """A suite of either release; None where it was not run."""

    suite: str
    before: Verdict | None
    after: Verdict | None


def suites(before: Release, after: Release) -> tuple[SuiteChange, ...]:
    """Every suite that one of the two ran, in the order of the records, equal ones included."""
    old, new = _verdicts(before), _verdicts(after)
    return tuple(SuiteChange(name, old.get(name), new.get(name)) for name in dict.fromkeys([*new, *old]))


def _verdicts(release: Release) -> dict[str, Verdict]:
    return {str(one.get("suite", "")): _verdict(one) for one in release.document.get("evidence", ()) if "passed" in one}


def _verdict(one: Mapping[str, Any]) -> Verdict:
    return Verdict(one["passed"], one.get("failed", 0), one.get("skipped", 0), len(one.get("known", ())))
