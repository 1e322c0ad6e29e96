import json
from dataclasses import replace
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.errors import Refused
from dockdj.events import Event, Warned
from dockdj.lifecycle.deploy.rollback import choose
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history.log import EventKind, LogEvent, LoggedEvent, Outcome
from dockdj.model.project.project import Project
from tests.support import project as projects


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return replace(project_file.parse(projects.FILES["dockdj.toml"], tmp_path), root=tmp_path)


def ran(version: str, what: str = "deployed", outcome: str = "ok") -> LoggedEvent:
    return LoggedEvent(EventKind(what), version, "local", Outcome(outcome), when="2026-01-01T00:00:00Z", who="dev")


def test_events_are_read_in_order_and_git_ignores_the_log(project: Project) -> None:
    for version in ("1.0.0", "1.1.0"):
        log.append(project, LogEvent(EventKind.DEPLOYED, version, "local", Outcome.OK))
    log.append(project, LogEvent(EventKind.DEPLOYED, "1.0.0", "other", Outcome.OK))
    assert [event.version for event in log.read(project, "local")] == ["1.0.0", "1.1.0"]
    assert (project.root / ".dockdj/.gitignore").read_text() == "*\n"


def test_a_partial_line_is_skipped(project: Project) -> None:
    log.append(project, LogEvent(EventKind.DEPLOYED, "1.0.0", "local", Outcome.OK))
    with (project.root / log.LOG_FILE).open("ab") as file:
        file.write('{"when": "2026", "who": "Zoë'.encode()[:-1])
    assert len(log.read(project)) == 1
    log.append(project, LogEvent(EventKind.DEPLOYED, "1.1.0", "local", Outcome.OK))
    assert [event.version for event in log.read(project)] == ["1.0.0", "1.1.0"]


@pytest.mark.parametrize(
    "change", [{"who": None}, {"version": 1}, {"record": None}, {"unknown": ""}, {"what": "x"}, {"outcome": "x"}]
)
def test_malformed_lines_are_skipped_with_one_warning(project: Project, change: dict[str, object]) -> None:
    for version in ("1.0.0", "1.1.0"):
        log.append(project, LogEvent(EventKind.DEPLOYED, version, "local", Outcome.OK))
    file = project.root / log.LOG_FILE
    first, second = file.read_text().splitlines()
    file.write_text(f"{first}\n{json.dumps(json.loads(second) | change)}\n[]\n")
    events: list[Event] = []
    assert [event.version for event in log.read(project, report=events.append)] == ["1.0.0"]
    assert events == [Warned(".dockdj/log.jsonl: skipped malformed lines: 2, 3")]


def test_a_log_that_cannot_be_written_is_a_warning(project: Project) -> None:
    (project.root / ".dockdj").write_text("a file where the folder would be")
    events: list[Event] = []
    log.append(project, LogEvent(EventKind.PUBLISHED, "1.0.0", "local", Outcome.OK), events.append)
    assert log.read(project, report=events.append) == ()
    messages = [event.message for event in events if isinstance(event, Warned)]
    assert "will not know of `published 1.0.0, local: ok`" in messages[0]
    assert "cannot be read" in messages[1]


def test_a_user_name_may_hold_a_line_separator(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "Zo\u2028ë")
    log.append(project, LogEvent(EventKind.DEPLOYED, "1.0.0", "local", Outcome.OK))
    assert log.read(project)[0].who.startswith("Zo\u2028ë@")


def test_rollback_chooses_the_last_other_release_that_ran_successfully() -> None:
    events = [ran("1.0.0"), ran("1.1.0"), ran("1.2.0", outcome="failed"), ran("1.1.0", what="returned")]
    assert str(choose(events, "1.1.0", "local")) == "1.0.0"
    assert str(choose([*events, ran("1.3.0")], "1.3.0", "local")) == "1.1.0"


def test_a_second_rollback_goes_further_back() -> None:
    events = [ran("1.0.0"), ran("1.1.0"), ran("1.2.0"), ran("1.1.0", what="rolled back")]
    assert str(choose(events, "1.1.0", "local")) == "1.0.0"
    with pytest.raises(Refused):
        choose([*events, ran("1.0.0", what="rolled back")], "1.0.0", "local")


@pytest.mark.parametrize("running", ["1.0.0", "1.1.0", ""])
def test_rollback_finishes_an_interrupted_rollback(running: str) -> None:
    events = [ran("0.9.0"), ran("1.0.0"), ran("1.1.0"), ran("1.0.0", "rolled back", "started")]
    assert str(choose(events, running, "local")) == "1.0.0"


@pytest.mark.parametrize("running", ["1.0.0", "1.1.0", ""])
def test_rollback_undoes_an_interrupted_deployment(running: str) -> None:
    events = [ran("0.9.0"), ran("1.0.0"), ran("1.1.0", outcome="started")]
    assert str(choose(events, running, "local")) == "1.0.0"


def test_rollback_undoes_the_deliberate_deployment_of_an_older_version() -> None:
    assert str(choose([ran("1.0.0"), ran("1.1.0"), ran("1.0.0")], "1.0.0", "local")) == "1.1.0"


@pytest.mark.parametrize("events", [[], [ran("1.0.0")], [ran("1.0.0"), ran("0.9.0", what="published")]])
def test_without_an_earlier_release_the_hint_names_the_command(events: list[LoggedEvent]) -> None:
    with pytest.raises(Refused, match="no earlier release") as caught:
        choose(events, "1.0.0", "local")
    assert "dockdj rollback VERSION" in caught.value.hint


def test_user_whose_name_is_not_utf8_is_logged(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "d\udcffv")
    log.append(project, LogEvent(EventKind.DEPLOYED, "1.0.0", "local", Outcome.OK))
    (event,) = log.read(project)
    assert event.who.startswith("d\ufffdv@")


MALFORMED = {
    "no JSON": b"{",
    "not UTF-8": b"\xff",
    "a list": b"[]",
    "null": b"null",
    "nested too deeply": b"[" * 100_000,
    "nested deeply and closed": b'{"when":' + b"[" * 500 + b"]" * 500 + b"}",
    "a number of 5,000 digits": b'{"when":' + b"9" * 5000 + b"}",
    "a field that is unknown": b'{"colour":"red"}',
    "a key that is no name": b'{"":"x"}',
    "NaN": b'{"when":NaN}',
}


@pytest.mark.parametrize("line", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_line_is_skipped_with_a_warning(project: Project, line: bytes) -> None:
    log.append(project, LogEvent(EventKind.DEPLOYED, "1.0.0", "local", Outcome.OK))
    with (project.root / log.LOG_FILE).open("ab") as file:
        file.write(line + b"\n")
    events: list[Event] = []
    assert [event.version for event in log.read(project, report=events.append)] == ["1.0.0"]
    assert [event.message for event in events if isinstance(event, Warned)] == [
        f"{log.LOG_FILE}: skipped malformed lines: 2"
    ]


def test_half_of_a_surrogate_pair_is_malformed(project: Project) -> None:
    log.append(project, LogEvent(EventKind.DEPLOYED, "1.0.0", "local", Outcome.OK))
    path = project.root / log.LOG_FILE
    path.write_text(path.read_text().replace('"local"', '"\\ud800"'))
    assert log.read(project) == ()
