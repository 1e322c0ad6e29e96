"""The results of the tests inside the build: judge a build's summary and report, and make evidence of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from dockdj.errors import ProjectError, Refused
from dockdj.model import json_document
from dockdj.model.canonical import digest_of
from dockdj.model.json_document import items, table, text
from dockdj.model.release.junit import cases, id_of
from dockdj.model.release.suites import BUILD, TESTS, CheckResult, SuiteResult

# The largest integer that every reader of JSON reads exactly (RFC 8785, section 3.2.2.3).
LARGEST = 2**53 - 1
COMPARE_HINT = "compare the `test` stage of docker/django/Dockerfile with the recipe's"


def read(summary: bytes, junit: bytes | None, images: Mapping[str, str], *, known: tuple[str, ...] = ()) -> SuiteResult:
    """The result of a build's tests, by the summary and the JUnit report that the build left.

    `images` are service -> config digest of the images from the very build in which the tests ran. `known` are tests
    whose failure is not the images' fault: no other test may have failed.

    Raises ProjectError when the summary is malformed or counts no test; Refused when a check or a test failed,
    whatever the Dockerfile let through.
    """
    try:
        document = table(json_document.parse(summary))
        tests = table(document["tests"])
        status = int(document["exit"])
        checks = [
            CheckResult(text(check, "name"), int(check["exit"]), _number(float(check["seconds"]) * 1000))
            for check in map(table, items(document["checks"]))
        ]
        passed, failed, skipped = (_number(tests[name]) for name in ("passed", "failed", "skipped"))
        milliseconds = _number(float(tests["seconds"]) * 1000)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise ProjectError(
            "the build's evidence/summary.json is not what a release needs", hint=COMPARE_HINT
        ) from error
    excused: tuple[str, ...] | None = None
    failed_checks = [check.name for check in checks if check.exit]
    if status or failed or failed_checks:
        fails = failing(junit or b"")
        _require_known(failed_checks, failed, fails, known)
        excused = tuple(sorted(set(fails)))
    if not passed:
        raise ProjectError("no test ran in the build", hint="a release needs at least one test that passes")
    return SuiteResult(
        suite=BUILD,
        exit=0,
        passed=passed,
        failed=failed,
        skipped=skipped,
        milliseconds=milliseconds,
        checks=tuple(checks),
        images=images,
        known=excused,
        report=report_digest(junit),
    )


def report_digest(junit: bytes | None) -> str | None:
    """The digest of a JUnit report; None without a report."""
    return digest_of(junit) if junit else None


def _require_known(checks: list[str], count: int, tests: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Raise Refused when a check or a test failed in a build that is not known to fail; checks by name, tests by id."""
    if not known:
        raise Refused(
            f"checks failed in the build: {', '.join(checks) or TESTS} ({count} tests failed)",
            hint="the production stages must copy from the `gate` stage: compare the Dockerfile with the recipe's",
        )
    if unknown := list(_unknown(checks, count, tests, known)):
        raise Refused(
            f"built again, what fails is not what was judged: {'; '.join(unknown)}",
            hint="what a check says must not change from one build to the next: correct that, and run it again",
        )


def _unknown(checks: list[str], count: int, tests: tuple[str, ...], known: tuple[str, ...]) -> Iterator[str]:
    if others := [name for name in checks if name != TESTS]:
        yield f"checks fail that passed before: {', '.join(others)}"
    if new := sorted(set(tests) - set(known)):
        yield f"tests fail that passed before: {', '.join(new)}"
    if not tests:
        yield "the report names no test that failed"
    elif len(tests) != count:
        yield f"{count} tests failed, and the report names {len(tests)}"


def _number(value: Any) -> int:
    """A count, or milliseconds. Raises ValueError, TypeError or OverflowError for another value."""
    number = round(float(value)) if isinstance(value, float) else int(value)
    if not 0 <= number <= LARGEST:
        raise ValueError(f"no count: {value}")
    return number


def failing(junit: bytes) -> tuple[str, ...]:
    """The test of each failure and error in a JUnit report. A test that has both is named twice, as in the counts."""
    return tuple(id_of(case) for case in cases(junit) for outcome in case if outcome.tag in ("failure", "error"))
