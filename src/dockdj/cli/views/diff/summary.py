"""The first lines of a comparison: its heading and the facts that matter most."""

from collections.abc import Iterator, Mapping

from dockdj.cli.views.diff.data import summary
from dockdj.cli.views.diff.lines import DOWN, PROCESSOR, SIGNS, between
from dockdj.lifecycle.diff.diff import Comparison
from dockdj.model.diff.direction import Change
from dockdj.model.diff.downgrades import warning
from dockdj.model.diff.suites import SuiteChange, Verdict

WORDS = {"python": "Python", "os": "OS", "npm": "npm"}


def heading(comparison: Comparison) -> tuple[str, str]:
    """Both versions, and which parts of the fingerprint are equal."""
    same = " · ".join(f"{name} {'SAME' if equal else 'changed'}" for name, equal in comparison.changes.same.items())
    return f"{comparison.changes.before} → {comparison.changes.after}", same


def facts(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Title and text of each line below the heading."""
    yield from (("restack", str(restack)) for restack in comparison.changes.restacks)
    if short := in_short(comparison):
        yield "in short", short
    if lost := warning(comparison.changes):
        yield "security", lost
    platforms = {(change.before or "none", change.after or "none") for change in comparison.changes.platforms}
    for before, after in sorted(platforms):
        yield "platform", f"{before} → {after}: {PROCESSOR}"
    yield "tested", tested(comparison)
    yield from (("note", note) for note in comparison.notes)


def in_short(comparison: Comparison) -> str:
    """The differences in numbers; empty without one."""
    numbers = summary(comparison)
    parts = [_many(numbers["commits"], "commit"), _many(numbers["undone"], "commit", " undone")]
    parts += [_directions(word, numbers[kind]) for kind, word in WORDS.items()]
    parts += [_many(numbers["runtimes"], "runtime"), _many(numbers["bases"], "base image")]
    parts += [_many(numbers["settings"], "image setting"), _many(numbers["files"], "configuration file")]
    parts += [_many(numbers["unmanaged"], "unmanaged file"), "compose file" if numbers["compose"] else ""]
    parts += [_migrations(numbers)]
    parts += [_many(numbers["variables"], "variable"), _many(numbers["values"], "target value")]
    parts += [_many(numbers["images"], "image")]
    return " · ".join(part for part in parts if part)


def tested(comparison: Comparison) -> str:
    """The results of each suite on both releases; once where they are the same."""
    return " · ".join(f"{suite.suite} {_verdicts(suite)}" for suite in comparison.changes.suites) or "nothing"


def _verdicts(suite: SuiteChange) -> str:
    before, after = _verdict(suite.before), _verdict(suite.after)
    return after if before == after else between(before, after)


def _verdict(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not run"
    known = f" ({verdict.known} on the older stack, too)" if verdict.known else ""
    failed = f", {verdict.failed} failed{known}" if verdict.failed else ""
    return f"{verdict.passed} passed{failed}" + (f", {verdict.skipped} skipped" if verdict.skipped else "")


def _migrations(numbers: Mapping[str, int]) -> str:
    loud = " (NOT REVERSIBLE)" if numbers["irreversible"] else ""
    if numbers["migrations"]:
        return _many(numbers["migrations"], "migration", loud)
    return _many(numbers["leaves"], "application", " migrated")


def _many(number: int, word: str, after: str = "") -> str:
    return f"{number} {word}{'s' if number > 1 else ''}{after}" if number else ""


def _directions(word: str, numbers: Mapping[Change, int]) -> str:
    parts = [
        f"{number} {DOWN}{'S' if number > 1 else ''}" if change == "down" else f"{number}{SIGNS[change]}"
        for change, number in numbers.items()
        if number
    ]
    return " ".join([word, *parts]) if parts else ""
