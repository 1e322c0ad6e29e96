import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dockdj.errors import ProjectError, Refused
from dockdj.model.canonical import canonical, digest_of
from dockdj.model.release.evidence import failing, read, report_digest
from dockdj.model.release.schema import suites_fields
from dockdj.model.release.suites import CONTROL, TESTS, BackingImage, CheckResult, SuiteResult
from dockdj.model.release.validation import SCHEMA_FILE
from dockdj.model.smoke import evidence
from tests.support.records import CONFIG

SUMMARY: dict[str, Any] = {
    "exit": 0,
    "checks": [{"name": "lint", "command": "ruff", "exit": 0, "seconds": 0.25}],
    "tests": {"passed": 3, "failed": 0, "skipped": 1, "seconds": 1.5},
}


def test_summary_becomes_the_result_of_the_build_suite() -> None:
    made = read(json.dumps(SUMMARY).encode(), b"<junit/>", {"django": "sha256:1"})
    assert canonical(suites_fields([made]))
    assert (made.passed, made.skipped, made.milliseconds) == (3, 1, 1500)
    assert made.report == digest_of(b"<junit/>")


@pytest.mark.parametrize("summary", [b"", b"[]", b"{}", json.dumps({**SUMMARY, "tests": None}).encode()])
def test_malformed_summary_is_refused(summary: bytes) -> None:
    with pytest.raises(ProjectError, match="summary"):
        read(summary, None, {})


def test_failed_checks_are_refused_whatever_the_dockerfile_let_through() -> None:
    checks = [{"name": "lint", "exit": 1, "seconds": 0}]
    for summary in ({**SUMMARY, "exit": 1, "checks": checks}, {**SUMMARY, "tests": {**SUMMARY["tests"], "failed": 2}}):
        with pytest.raises(Refused, match="checks failed"):
            read(json.dumps(summary).encode(), None, {})


def test_build_without_a_passed_test_is_refused() -> None:
    with pytest.raises(ProjectError, match="no test ran"):
        read(json.dumps({**SUMMARY, "tests": {**SUMMARY["tests"], "passed": 0}}).encode(), None, {})


JUNIT = b"""<testsuites><testsuite><testcase classname="apps.a.T" name="test_x"><failure/></testcase>
<testcase classname="apps.a.T" name="test_x"><error/></testcase><testcase classname="" name="apps.b"><error/></testcase>
<testcase classname="apps.a.T" name="test_y"><skipped/></testcase><testcase classname="apps.a" name="test_z"/>
</testsuite></testsuites>"""
FAILED = ("apps.a.T::test_x", "apps.b")


def failed(**more: Any) -> bytes:
    tests = {**SUMMARY["tests"], "failed": 3}
    checks = [{"name": "tests", "exit": 1, "seconds": 0}]
    return json.dumps({"exit": 1, "checks": checks, "tests": tests, **more}).encode()


def test_the_report_names_the_tests_that_failed() -> None:
    assert failing(JUNIT) == (FAILED[0], FAILED[0], FAILED[1])
    assert failing(b"") == failing(b"<testsuites><testsuite>") == ()


def test_known_failures_are_accepted_and_recorded() -> None:
    made = read(failed(), JUNIT, {}, known=(*FAILED, "apps.c::fixed_meanwhile"))
    assert canonical(suites_fields([made]))
    assert (made.exit, made.failed, made.known) == (0, 3, tuple(sorted(FAILED)))
    assert read(json.dumps(SUMMARY).encode(), None, {}, known=FAILED).known is None


@pytest.mark.parametrize(
    ("summary", "junit", "known", "said"),
    [
        (failed(), JUNIT, (FAILED[0], "apps.c::another"), "tests fail that passed before: apps.b"),
        (failed(), None, FAILED, "names no test"),
        (failed(checks=[{"name": "lint", "exit": 1, "seconds": 0}]), JUNIT, FAILED, "checks fail .* before: lint"),
        (failed(tests={**SUMMARY["tests"], "failed": 4}), JUNIT, FAILED, "4 tests failed, and the report names 3"),
        (failed(tests={**SUMMARY["tests"], "failed": 0}), b"<testsuites/>", FAILED, "names no test"),
    ],
)
def test_unknown_failures_are_refused_in_addition_to_known_ones(
    summary: bytes, junit: bytes | None, known: tuple[str, ...], said: str
) -> None:
    with pytest.raises(Refused, match=f"built again, .*{said}") as caught:
        read(summary, junit, {}, known=known)
    # The gate was passed by on purpose.
    assert "gate" not in caught.value.hint
    with pytest.raises(Refused, match="checks failed in the build") as caught:
        read(summary, junit, {})
    assert "`gate`" in caught.value.hint


HUGE = b'{"exit":0,"checks":[],"tests":{"passed":%s,"failed":0,"skipped":0,"seconds":%s}}'


@pytest.mark.parametrize(
    ("passed", "seconds"),
    [(b"1e999", b"1"), (b"-1", b"1"), (b"9007199254740993", b"1"), *[(b"1", one) for one in (b"1e999", b"NaN", b"-1")]],
)
def test_numbers_that_no_record_can_hold_are_refused(passed: bytes, seconds: bytes) -> None:
    with pytest.raises(ProjectError, match="summary"):
        read(HUGE % (passed, seconds), None, {})


@pytest.mark.parametrize(
    "made",
    [
        read(json.dumps(SUMMARY).encode(), JUNIT, {"django": CONFIG}),
        read(failed(), JUNIT, {"django": CONFIG}, known=FAILED),
        evidence.entry(
            [evidence.Check("start: django", 1200), evidence.Check("pages", skipped="no service answers")],
            images={"django": CONFIG},
            backing={"postgres": BackingImage("postgres:17", CONFIG)},
            milliseconds=1700,
        ),
        SuiteResult(
            suite=CONTROL,
            exit=1,
            passed=1,
            failed=1,
            skipped=0,
            milliseconds=5,
            checks=(CheckResult(TESTS, 1, 5),),
            images={},
            report=report_digest(JUNIT),
        ),
    ],
    ids=["build", "known", "smoke", "control"],
)
def test_each_suite_is_recorded_as_the_schema_says(made: SuiteResult) -> None:
    schema = json.loads(SCHEMA_FILE.read_bytes())
    found = Draft202012Validator({**schema["$defs"]["evidence"], "$defs": schema["$defs"]}).iter_errors(
        suites_fields([made])[0]
    )
    assert [error.message for error in found] == []
