import json
import time

import pytest

from dockdj.cli import render
from dockdj.cli.render import Console
from dockdj.events import Finished, Output, Started, Warned


def test_away_from_a_terminal_a_quick_step_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    for event in (Started("push"), Output("layer 1"), Finished("push", "3 layers")):
        console.report(event)
    assert capsys.readouterr().err == "✓ push: 3 layers\n"


def test_a_long_step_is_announced_while_it_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "PATIENCE_SECONDS", 0.05)
    console = Console()
    console.report(Started("build"))
    shown = ""
    until = time.monotonic() + 5
    while not shown and time.monotonic() < until:
        shown = capsys.readouterr().err
    assert shown == "… build\n"
    console.failure("x", "refused", "no", "")
    time.sleep(0.1)
    assert capsys.readouterr().err == "error: no\n"


def test_verbose_shows_every_line_and_quiet_only_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    for console in (Console(verbose=True), Console(quiet=True)):
        for event in (Started("push"), Output("layer 1"), Warned("slow"), Finished("push")):
            console.report(event)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["    layer 1", "warning: slow", "✓ push", "warning: slow"]


def test_json_is_one_document_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(as_json=True)
    console.report(Finished("push"))
    console.result("publish", {"a": 1}, "for people")
    document = json.loads(capsys.readouterr().out)
    assert document == {"schema": 1, "command": "publish", "status": "ok", "data": {"a": 1}, "errors": []}
