"""What a suite said, as the release record holds it; and what the tests inside the build said."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dockdj.errors import ProjectError, Refused
from dockdj.model.canonical import digest_of
from dockdj.model.release.junit import cases, id_of

# The suites of a record: inside the build, on the assembled release, and of a restack on the images it was made from.
BUILD, SMOKE, CONTROL = "build", "smoke", "control"
# The check of docker/django/checks.py that runs the project's own tests.
TESTS = "tests"
# What every reader of JSON takes for the number that it is (RFC 8785, section 3.2.2.3).
LARGEST = 2**53 - 1
COMPARE_HINT = "compare the `test` stage of docker/django/Dockerfile with the recipe's"


@dataclass(frozen=True)
class Ran:
    """A check of a suite: its name, the exit status of its program, and how long it took."""

    name: str
    exit: int
    milliseconds: int


def entry(
    suite: str,
    images: Mapping[str, str],
    checks: Iterable[Ran],
    *,
    passed: int,
    failed: int,
    skipped: int,
    milliseconds: int,
    exit: int = 0,
    junit: bytes | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One entry of the record's evidence; `images` are service -> config digest of those under test, `more` are
    fields that this suite alone has."""
    return {
        "suite": suite,
        "exit": exit,
        "passed": passed,
        "failed": failed,
        "skipped": skipped,
        "milliseconds": milliseconds,
        "checks": [asdict(check) for check in checks],
        "images": dict(images),
        **more,
        **({"report": digest_of(junit)} if junit else {}),
    }


def read(
    summary: bytes, junit: bytes | None, images: Mapping[str, str], *, known: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The entry of a build: `images` are those that came out of the very build in which the tests ran.

    `known` are tests whose failure was judged to be none of the images': no other may have failed.

    Raises ProjectError when the build's summary is not one, or counts no test at all; Refused when it says
    that a check or a test failed, whatever the Dockerfile let through.
    """
    try:
        document = json.loads(summary)
        tests = document["tests"]
        status = int(document["exit"])
        checks = [
            Ran(str(one["name"]), int(one["exit"]), _number(float(one["seconds"]) * 1000)) for one in document["checks"]
        ]
        counts = {name: _number(tests[name]) for name in ("passed", "failed", "skipped")}
        milliseconds = _number(float(tests["seconds"]) * 1000)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise ProjectError(
            "the build's evidence/summary.json is not what a release needs", hint=COMPARE_HINT
        ) from error
    excused: dict[str, Any] = {}
    failed = [check.name for check in checks if check.exit]
    if status or counts["failed"] or failed:
        fails = failing(junit or b"")
        _require_known(failed, counts["failed"], fails, known)
        excused = {"known": sorted(set(fails))}
    if not counts["passed"]:
        raise ProjectError("no test ran in the build", hint="a release needs at least one test that passes")
    return entry(BUILD, images, checks, **counts, milliseconds=milliseconds, junit=junit, **excused)


def _require_known(checks: list[str], count: int, tests: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Raise Refused when anything failed in a build that is not known to: checks by name, tests by id."""
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
    """A count, or milliseconds. Raises ValueError, TypeError or OverflowError for what is none."""
    number = round(float(value)) if isinstance(value, float) else int(value)
    if not 0 <= number <= LARGEST:
        raise ValueError(f"no count: {value}")
    return number


def failing(junit: bytes) -> tuple[str, ...]:
    """The test of each failure and error in a JUnit report, as the counts have them: one may have both."""
    return tuple(id_of(case) for case in cases(junit) for outcome in case if outcome.tag in ("failure", "error"))
