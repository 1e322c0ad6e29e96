"""A disk that is full at any one call of a use-case: what happened stays true, and the same command then succeeds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dockdj.adapters.disk import make_ignored
from dockdj.events import Event, Warned
from dockdj.lifecycle.build.evidence_folder import keep, kept
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history.log import EventKind, LogEvent
from dockdj.lifecycle.tested_images import memory
from tests.lifecycle.deploy.test_deploy import Shop, shop
from tests.support import project as projects
from tests.support.failing import failing_at
from tests.support.project import write
from tests.support.qa import images

__all__ = ["shop"]
Call = Callable[[], object]


def at_every_call(command: Call, after: Callable[[str], None]) -> list[str]:
    """Run a command with a failure at each of its calls, and after each run `after` with the call's name."""
    number = 0
    while True:
        number += 1
        with failing_at(number) as names:
            command()
        if len(names) < number:
            return names
        after(names[number - 1])


def test_deploy_succeeds_and_is_remembered_with_a_full_disk_at_any_call(shop: Shop) -> None:
    versions = ["1.0.0", "1.1.0"]

    def deploy() -> None:
        shop.events.clear()
        shop.deploy(versions[0])

    def check(call: str) -> None:
        assert shop.platform.label.startswith(versions[0])
        assert any("will not know of" in warning and "No space left" in warning for warning in shop.warnings), call
        # The same command again finds the target as it was told.
        shop.deploy(versions[0])
        assert shop.platform.label.startswith(versions[0])
        shop.events.clear()
        versions.reverse()

    calls = at_every_call(deploy, check)
    assert calls.count("write") == 2
    shop.events.clear()
    outcomes = [event.outcome for event in log.read(shop.site.project, report=shop.events.append)]
    assert outcomes[-2:] == ["started", "ok"]
    # The halves of lines that did not fit.
    assert all("skipped malformed lines" in warning for warning in shop.warnings)


def test_log_loses_only_the_event_that_did_not_fit(tmp_path: Path) -> None:
    project = projects.make(tmp_path)
    event = LogEvent(EventKind.PUBLISHED, "1.0.0", "local", log.Outcome.OK)
    events: list[Event] = []

    def check(call: str) -> None:
        assert [each.message for each in events if isinstance(each, Warned)] != []
        events.clear()
        known = len(log.read(project))
        log.append(project, event, events.append)
        assert events == []
        assert len(log.read(project)) == known + 1

    calls = at_every_call(lambda: log.append(project, event, events.append), check)
    assert calls == ["open_file", "write", "sync"]


def test_evidence_is_the_earlier_or_the_new_one_whole(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    project = projects.make(tmp_path / "project")
    for name, text in (("old", "old"), ("new", "new")):
        write(tmp_path / name, "summary.json", text)
        write(tmp_path / name, "smoke/django.log", text)
    events: list[Event] = []

    def content() -> dict[str, str]:
        folder = kept(project, "1.0.0")
        return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}

    def whole(text: str) -> dict[str, str]:
        return {"summary.json": text, "smoke/django.log": text}

    keep(tmp_path / "old", project, "1.0.0")

    def check(call: str) -> None:
        assert content() == whole("old"), call
        assert [each for each in events if isinstance(each, Warned)] != []
        assert [path.name for path in kept(project, "1.0.0").parent.iterdir()] == ["1.0.0"]
        events.clear()

    calls = at_every_call(lambda: keep(tmp_path / "new", project, "1.0.0", events.append), check)
    assert content() == whole("new")
    assert calls.count("rename") == 2
    assert events == []


def test_memory_of_tested_images_is_the_earlier_or_the_new_one(tmp_path: Path) -> None:
    project = projects.make(tmp_path)
    events: list[Event] = []

    def check(call: str) -> None:
        assert memory.known(project) == ((tested,) if call == "sync_folder" else ())
        assert [each for each in events if isinstance(each, Warned)] != []
        events.clear()
        (project.root / memory.MEMORY_FILE).unlink(missing_ok=True)

    tested = images()
    make_ignored(project.root / ".dockdj")
    at_every_call(lambda: memory.remember(project, tested, events.append), check)
    assert memory.known(project) == (tested,)
    assert [path.name for path in (project.root / ".dockdj").iterdir() if path.name.startswith(".qa")] == []


@pytest.mark.parametrize("number", range(1, 7))
def test_folder_that_git_ignores_is_created_by_the_next_run(tmp_path: Path, number: int) -> None:
    project = projects.make(tmp_path)
    event = LogEvent(EventKind.PUBLISHED, "1.0.0", "local", log.Outcome.OK)
    with failing_at(number):
        log.append(project, event)
    log.append(project, event)
    assert (project.root / ".dockdj/.gitignore").read_text() == "*\n"
    assert len(log.read(project)) >= 1
