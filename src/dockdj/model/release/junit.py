"""Test reports in JUnit's XML, as pytest writes them."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable

# A test that is said to have taken longer was not measured.
LONGEST_SECONDS = 1_000_000


def cases(report: bytes) -> list[ElementTree.Element]:
    """The test cases of a report; none where whoever wrote it was ended half way."""
    try:
        return list(ElementTree.fromstring(report).iter("testcase")) if report else []
    except ElementTree.ParseError:
        return []


def ids(found: Iterable[ElementTree.Element], *outcomes: str) -> tuple[str, ...]:
    """The ids of the cases with one of these outcomes (`failure`, `error`, `skipped`), each once."""
    return tuple(dict.fromkeys(id_of(case) for case in found if any(case.find(one) is not None for one in outcomes)))


def failures(report: bytes) -> tuple[str, ...]:
    """The ids of the tests that failed or could not run."""
    return ids(cases(report), "failure", "error")


def milliseconds(found: Iterable[ElementTree.Element]) -> int:
    """How long the cases took together; what is no number of seconds counts for nothing: no verdict hangs on it."""
    return round(sum(_seconds(case.get("time", "")) for case in found) * 1000)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 0
    return seconds if 0 <= seconds <= LONGEST_SECONDS else 0


def id_of(case: ElementTree.Element) -> str:
    """`module.Class::test[parameter]`, as pytest names classes; of a module that cannot be imported its name."""
    return "::".join(part for part in (case.get("classname", ""), case.get("name", "")) if part)
