"""The results of two releases' suites, side by side."""

from dataclasses import dataclass

from dockdj.model.release.record import Record
from dockdj.model.release.suites import SuiteResult


@dataclass(frozen=True)
class Verdict:
    """The numbers of passed, failed and skipped tests. `known` of the failed tests fail on the older stack, too."""

    passed: int
    failed: int
    skipped: int
    known: int = 0


@dataclass(frozen=True)
class SuiteChange:
    """The verdicts of a suite on two releases; None where it did not run."""

    suite: str
    before: Verdict | None
    after: Verdict | None


def suites(before: Record, after: Record) -> tuple[SuiteChange, ...]:
    """Every suite that ran on either release, in the order of the records; equal verdicts are included."""
    old, new = _verdicts(before), _verdicts(after)
    return tuple(SuiteChange(name, old.get(name), new.get(name)) for name in dict.fromkeys([*new, *old]))


def _verdicts(record: Record) -> dict[str, Verdict]:
    return {result.suite: _verdict(result) for result in record.evidence}


def _verdict(result: SuiteResult) -> Verdict:
    return Verdict(result.passed, result.failed, result.skipped, len(result.known or ()))
