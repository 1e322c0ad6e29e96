import json
from dataclasses import replace
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.errors import Refused
from dockdj.events import Event, Warned
from dockdj.lifecycle.deploy.rollback import choose
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history.log import LoggedEvent
from dockdj.model.project.project import Project
from tests.support import project as projects


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return replace(project_file.parse(projects.FILES["dockdj.toml"], tmp_path), root=tmp_path)


def ran(version: str, what: str = "deployed", outcome: str = "ok") -> LoggedEvent:
    return LoggedEvent("2026-01-01T00:00:00Z", "dev", what, version, "local", outcome)


def test_events_come_back_in_their_order_and_git_ignores_them(project: Project) -> None:
    for version in ("1.0.0", "1.1.0"):
        log.append(project, what="deployed", version=version, target="local", outcome="ok")
    log.append(project, what="deployed", version="1.0.0", target="other", outcome="ok")
    assert [event.version for event in log.read(project, "local")] == ["1.0.0", "1.1.0"]
    assert (project.root / ".dockdj/.gitignore").read_text() == "*\n"


def test_a_half_written_line_is_passed_over(project: Project) -> None:
    log.append(project, what="deployed", version="1.0.0", target="local", outcome="ok")
    with (project.root / log.LOG_FILE).open("ab") as file:
        file.write('{"when": "2026", "who": "Zoë'.encode()[:-1])
    assert len(log.read(project)) == 1
    log.append(project, what="deployed", version="1.1.0", target="local", outcome="ok")
    assert [event.version for event in log.read(project)] == ["1.0.0", "1.1.0"]


@pytest.mark.parametrize("change", [{"who": None}, {"version": 1}, {"record": None}, {"unknown": ""}])
def test_a_damaged_line_is_passed_over_and_said_once(project: Project, change: dict[str, object]) -> None:
    for version in ("1.0.0", "1.1.0"):
        log.append(project, what="deployed", version=version, target="local", outcome="ok")
    file = project.root / log.LOG_FILE
    first, second = file.read_text().splitlines()
    file.write_text(f"{first}\n{json.dumps(json.loads(second) | change)}\n[]\n")
    said: list[Event] = []
    assert [event.version for event in log.read(project, report=said.append)] == ["1.0.0"]
    assert said == [Warned(".dockdj/log.jsonl: passed over what is damaged: line 2, 3")]


def test_a_log_that_cannot_be_kept_is_said_and_no_error(project: Project) -> None:
    (project.root / ".dockdj").write_text("a file where the folder would be")
    said: list[Event] = []
    log.append(project, what="published", version="1.0.0", target="local", outcome="ok", report=said.append)
    assert log.read(project, report=said.append) == ()
    messages = [event.message for event in said if isinstance(event, Warned)]
    assert "will not know of `published 1.0.0, local: ok`" in messages[0]
    assert "cannot be read" in messages[1]


def test_a_name_that_holds_a_line_separator(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "Zo\u2028ë")
    log.append(project, what="deployed", version="1.0.0", target="local", outcome="ok")
    assert log.read(project)[0].who.startswith("Zo\u2028ë@")


def test_rollback_goes_to_the_last_other_release_that_ran_well_here() -> None:
    events = [ran("1.0.0"), ran("1.1.0"), ran("1.2.0", outcome="failed"), ran("1.1.0", what="returned")]
    assert str(choose(events, "1.1.0", "local")) == "1.0.0"
    assert str(choose([*events, ran("1.3.0")], "1.3.0", "local")) == "1.1.0"


def test_a_second_rollback_never_goes_forward_again() -> None:
    events = [ran("1.0.0"), ran("1.1.0"), ran("1.2.0"), ran("1.1.0", what="rolled back")]
    assert str(choose(events, "1.1.0", "local")) == "1.0.0"
    with pytest.raises(Refused):
        choose([*events, ran("1.0.0", what="rolled back")], "1.0.0", "local")


@pytest.mark.parametrize("running", ["1.0.0", "1.1.0", ""])
def test_an_interrupted_rollback_is_finished(running: str) -> None:
    events = [ran("0.9.0"), ran("1.0.0"), ran("1.1.0"), ran("1.0.0", "rolled back", "started")]
    assert str(choose(events, running, "local")) == "1.0.0"


@pytest.mark.parametrize("running", ["1.0.0", "1.1.0", ""])
def test_after_an_interrupted_deployment_it_returns_to_what_ran_before(running: str) -> None:
    events = [ran("0.9.0"), ran("1.0.0"), ran("1.1.0", outcome="started")]
    assert str(choose(events, running, "local")) == "1.0.0"


def test_an_older_version_that_was_deployed_on_purpose_is_undone_by_a_rollback() -> None:
    assert str(choose([ran("1.0.0"), ran("1.1.0"), ran("1.0.0")], "1.0.0", "local")) == "1.1.0"


@pytest.mark.parametrize("events", [[], [ran("1.0.0")], [ran("1.0.0"), ran("0.9.0", what="published")]])
def test_without_an_earlier_release_it_says_how_to_name_one(events: list[LoggedEvent]) -> None:
    with pytest.raises(Refused, match="no earlier release") as caught:
        choose(events, "1.0.0", "local")
    assert "dockdj rollback VERSION" in caught.value.hint
