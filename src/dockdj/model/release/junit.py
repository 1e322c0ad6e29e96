"""Test reports in JUnit's XML, as pytest writes them."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable

# A longer time is a wrong measurement.
LONGEST_SECONDS = 1_000_000


def cases(report: bytes) -> list[ElementTree.Element]:
    """The test cases of a report; empty for a report that was cut off, and for one that declares entities."""
    # Entities can grow without end, and no test runner writes any.
    if not report or b"<!DOCTYPE" in report or b"<!ENTITY" in report:
        return []
    try:
        return list(ElementTree.fromstring(report).iter("testcase"))
    except (ElementTree.ParseError, ValueError, LookupError):
        # The last two are about an encoding that Python does not know.
        return []


def ids(cases: Iterable[ElementTree.Element], *outcomes: str) -> tuple[str, ...]:
    """The ids of the cases with one of these outcomes (`failure`, `error`, `skipped`), each once."""
    return tuple(
        dict.fromkeys(id_of(case) for case in cases if any(case.find(outcome) is not None for outcome in outcomes))
    )


def failures(report: bytes) -> tuple[str, ...]:
    """The ids of the tests that failed or could not run."""
    return ids(cases(report), "failure", "error")


def milliseconds(cases: Iterable[ElementTree.Element]) -> int:
    """Total milliseconds; unparsable values count as 0, since no result depends on them."""
    return round(sum(_seconds(case.get("time", "")) for case in cases) * 1000)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 0
    return seconds if 0 <= seconds <= LONGEST_SECONDS else 0


def id_of(case: ElementTree.Element) -> str:
    """`module.Class::test[parameter]`, as pytest names classes; of a module that cannot be imported its name."""
    return "::".join(part for part in (case.get("classname", ""), case.get("name", "")) if part)
