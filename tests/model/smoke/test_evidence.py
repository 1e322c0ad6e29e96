from dockdj.model.canonical import canonical
from dockdj.model.release.schema import suites_fields
from dockdj.model.release.suites import BackingImage, CheckResult
from dockdj.model.smoke.evidence import Check, entry


def test_the_entry_counts_checks_and_marks_skipped_checks() -> None:
    checks = [Check("start: django", 1200), Check("pages", skipped="no service answers"), Check("stop: django", 300)]
    images, backing = {"django": "sha256:1"}, {"postgres": BackingImage("postgres:17", "sha256:2")}
    made = entry(checks, images=images, backing=backing, milliseconds=1700)
    assert canonical(suites_fields([made]))
    assert (made.suite, made.exit, made.passed, made.failed, made.skipped) == ("smoke", 0, 2, 0, 1)
    assert [check.name for check in made.checks] == [
        "start: django",
        "skipped: pages, no service answers",
        "stop: django",
    ]
    assert made.checks[0] == CheckResult("start: django", 0, 1200)
    assert (made.images, made.backing, made.milliseconds) == (images, backing, 1700)
