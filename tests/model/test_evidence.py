import json
from typing import Any

import pytest

from dockdj.errors import ProjectError, Refused
from dockdj.model.evidence import read
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
