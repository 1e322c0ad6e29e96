import json

import pytest

from dockdj.errors import ProjectError
from dockdj.model.evidence import read
from dockdj.model.release import canonical, digest_of

SUMMARY = {
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
