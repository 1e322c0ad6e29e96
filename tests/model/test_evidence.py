import json
from typing import Any

import pytest

from dockdj.errors import ProjectError, Refused
from dockdj.model.evidence import failing, read
from dockdj.model.release import canonical, digest_of

SUMMARY: dict[str, Any] = {
    "exit": 0,
    "checks": [{"name": "lint", "command": "ruff", "exit": 0, "seconds": 0.25}],
    "tests": {"passed": 3, "failed": 0, "skipped": 1, "seconds": 1.5},
}


def test_evidence_fits_into_a_record() -> None:
    entry = read(json.dumps(SUMMARY).encode(), b"<junit/>", {"django": "sha256:1"})
    assert canonical(entry)
    assert (entry["passed"], entry["skipped"], entry["milliseconds"]) == (3, 1, 1500)
    assert entry["report"] == digest_of(b"<junit/>")


@pytest.mark.parametrize("summary", [b"", b"[]", b"{}", json.dumps({**SUMMARY, "tests": None}).encode()])
def test_what_is_no_evidence_is_not_taken_for_some(summary: bytes) -> None:
    with pytest.raises(ProjectError, match="summary"):
        read(summary, None, {})


def test_failed_checks_are_never_released_whatever_the_dockerfile_let_through() -> None:
    checks = [{"name": "lint", "exit": 1, "seconds": 0}]
    for summary in ({**SUMMARY, "exit": 1, "checks": checks}, {**SUMMARY, "tests": {**SUMMARY["tests"], "failed": 2}}):
        with pytest.raises(Refused, match="checks failed"):
            read(json.dumps(summary).encode(), None, {})


def test_a_release_without_a_single_test_is_no_tested_release() -> None:
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


def test_tests_that_were_judged_before_may_fail_and_are_named() -> None:
    entry = read(failed(), JUNIT, {}, known=(*FAILED, "apps.c::fixed_meanwhile"))
    assert canonical(entry)
    assert (entry["exit"], entry["failed"], entry["known"]) == (0, 3, sorted(FAILED))
    assert "known" not in read(json.dumps(SUMMARY).encode(), None, {}, known=FAILED)


@pytest.mark.parametrize(
    ("summary", "junit", "known"),
    [
        (failed(), JUNIT, ()),
        (failed(), JUNIT, (FAILED[0], "apps.c::another")),
        (failed(), None, FAILED),
        (failed(checks=[{"name": "lint", "exit": 1, "seconds": 0}]), JUNIT, FAILED),
        (failed(tests={**SUMMARY["tests"], "failed": 4}), JUNIT, FAILED),
        (failed(tests={**SUMMARY["tests"], "failed": 0}), b"<testsuites/>", FAILED),
    ],
)
def test_nothing_else_may_fail_beside_them(summary: bytes, junit: bytes | None, known: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="checks failed"):
        read(summary, junit, {}, known=known)
