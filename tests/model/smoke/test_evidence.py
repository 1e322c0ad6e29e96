from dockdj.model.canonical import canonical
from dockdj.model.smoke.evidence import Check, entry


def test_the_entry_counts_checks_and_never_lists_a_skipped_one_as_if_it_had_passed() -> None:
    checks = [Check("start: django", 1200), Check("pages", skipped="no service answers"), Check("stop: django", 300)]
    images, backing = {"django": "sha256:1"}, {"postgres": {"name": "postgres:17", "config": "sha256:2"}}
    made = entry(checks, images=images, backing=backing, milliseconds=1700)
    assert canonical(made)
    assert (made["suite"], made["exit"], made["passed"], made["failed"], made["skipped"]) == ("smoke", 0, 2, 0, 1)
    assert [each["name"] for each in made["checks"]] == [
        "start: django",
        "skipped: pages, no service answers",
        "stop: django",
    ]
    assert made["checks"][0] == {"name": "start: django", "exit": 0, "milliseconds": 1200}
    assert (made["images"], made["backing"], made["milliseconds"]) == (images, backing, 1700)
