from dockdj.model.canonical import canonical
from dockdj.model.smoke.evidence import Check, entry


def test_the_entry_counts_checks_and_marks_skipped_checks() -> None:
    checks = [Check("start: django", 1200), Check("pages", skipped="no service answers"), Check("stop: django", 300)]
    images, backing = {"django": "sha256:1"}, {"postgres": {"name": "postgres:17", "config": "sha256:2"}}
    evidence = entry(checks, images=images, backing=backing, milliseconds=1700)
    assert canonical(evidence)
    assert (evidence["suite"], evidence["exit"], evidence["passed"], evidence["failed"], evidence["skipped"]) == (
        "smoke",
        0,
        2,
        0,
        1,
    )
    assert [each["name"] for each in evidence["checks"]] == [
        "start: django",
        "skipped: pages, no service answers",
        "stop: django",
    ]
    assert evidence["checks"][0] == {"name": "start: django", "exit": 0, "milliseconds": 1200}
    assert (evidence["images"], evidence["backing"], evidence["milliseconds"]) == (images, backing, 1700)
