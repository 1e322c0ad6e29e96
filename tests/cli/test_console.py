import io
import json
import sys

import pytest

from dockdj.cli import console as rendering
from dockdj.cli.console import Console
from dockdj.events import Finished, Output, Started, Warned
from tests.support.eventually import eventually


def test_quick_step_without_a_terminal_prints_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "PATIENCE_SECONDS", 3600)
    console = Console()
    for event in (Started("push"), Output("layer 1"), Finished("push", "3 layers")):
        console.report(event)
    assert capsys.readouterr().err == "✓ push: 3 layers\n"


def test_long_step_without_a_terminal_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "PATIENCE_SECONDS", 0.05)
    # What pytest captures is lost where it is taken while another thread writes.
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    console = Console()
    console.report(Started("build"))
    eventually(lambda: shown.getvalue() == "… build\n")
    monkeypatch.setattr(rendering, "PATIENCE_SECONDS", 3600)
    console.report(Started("test"))
    announcing = console._wait
    console.failure("x", "refused", "no", "")
    # Nothing is announced after the end.
    assert announcing
    announcing.join(60)
    assert not announcing.is_alive()
    assert shown.getvalue() == "… build\nerror: no\n"


def test_verbose_prints_every_line_and_quiet_only_warnings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "PATIENCE_SECONDS", 3600)
    for console in (Console(verbose=True), Console(quiet=True)):
        for event in (Started("push"), Output("layer 1"), Warned("slow"), Finished("push")):
            console.report(event)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["    layer 1", "warning: slow", "✓ push", "warning: slow"]


def test_json_prints_one_document_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(as_json=True)
    console.report(Finished("push"))
    console.result("publish", {"a": 1}, "for people")
    document = json.loads(capsys.readouterr().out)
    assert document == {"schema": 1, "command": "publish", "status": "ok", "data": {"a": 1}, "errors": []}
