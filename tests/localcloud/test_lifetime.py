"""Starting the local cloud, with a server over fake machines."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from dockdj.adapters.beanstalk import local_cloud
from dockdj.adapters.beanstalk.local_cloud import CloudAddress
from dockdj.cli import main as command_line
from dockdj.errors import Refused
from dockdj.events import Event, Finished, Warned, silent
from dockdj.localcloud import lifetime
from dockdj.localcloud.http import client
from dockdj.localcloud.state import ownership, settings
from tests.localcloud.impostor import impostor
from tests.support import ports
from tests.support.eventually import eventually
from tests.support.failing import failing_at


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The state folder of a cloud whose services and machines need no Docker; its server ends with the test."""
    folder, runtime = tmp_path / "cloud", tmp_path / "runtime"
    # No lock is shared with other clouds.
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    settings.save(folder, settings.with_port(settings.load(folder), ports.free()))
    monkeypatch.setattr(lifetime, "SERVER", "tests.localcloud.fake_server")
    monkeypatch.setattr(lifetime, "ensure_image", lambda *_: None)
    monkeypatch.setattr(lifetime, "log_in", lambda _: None)
    monkeypatch.setattr(lifetime, "ensure_services", lambda *_: SimpleNamespace(registry="127.0.0.1:5000"))
    yield folder
    stop(folder)


def stop(folder: Path) -> None:
    if client.ping(folder):
        client.shut_down(folder)
        eventually(lambda: not ownership.held(folder, ownership.SERVER))


def up_again_succeeds(folder: Path) -> bool:
    return (
        command_line.main(["cloud", "up"]) == 0 and local_cloud.require().access_key == settings.load(folder).access_key
    )


def test_up_succeeds_again_after_a_full_disk_at_any_call(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKDJ_STATE", str(folder))
    saved = settings.load(folder)
    for number in count(1):
        with failing_at(number):
            status = command_line.main(["cloud", "up"])
        assert status != 0
        assert settings.load(folder) == saved
        # From here on the settings are saved, and cloud.json is what fails.
        if client.ping(folder):
            break
    assert number > len(("create", "write", "sync", "rename"))
    assert up_again_succeeds(folder)
    for number in count(1):
        with failing_at(number) as calls:
            status = command_line.main(["cloud", "up"])
        assert (status != 0) == (len(calls) >= number), calls
        assert up_again_succeeds(folder)
        if status == 0:
            break
    assert calls.count("rename") == 1


def interrupted_after(step: str) -> Callable[[Event], None]:
    def report(event: Event) -> None:
        if event == Finished(step):
            raise KeyboardInterrupt

    return report


def test_up_leaves_a_running_server_as_it_is(folder: Path) -> None:
    first = lifetime.up(folder, silent)
    assert lifetime.up(folder, silent) == first


def test_modules_of_the_current_folder_replace_none_of_the_server(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("secrets", "runpy", "socketserver", "werkzeug", "dockdj"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('a module of the project')\n")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.chdir(tmp_path)
    assert lifetime.up(folder, silent).pid


def test_interrupted_up_ends_the_server_that_it_started(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        lifetime.up(folder, interrupted_after("Starting the server"))
    eventually(lambda: not ownership.held(folder, ownership.SERVER), seconds=30)
    assert client.ping(folder) is None


def test_up_moves_away_from_an_impostor_and_sends_it_nothing(folder: Path) -> None:
    events: list[Event] = []
    with impostor(settings.load(folder).port) as program:
        running = lifetime.up(folder, events.append)
        assert running.settings.port != program.port
        (warning,) = [event.message for event in events if isinstance(event, Warned)]
        assert f"port {program.port} is held by another program, which does not know this cloud's key" in warning
        assert lifetime.up(folder, silent) == running
    assert program.received == b""


@pytest.fixture
def earlier(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A server that an earlier version of Dockdj started, with its address in cloud.json."""
    monkeypatch.setenv("DOCKDJ_STATE", str(folder))
    # The last word makes it a server in the eyes of `lifetime`.
    argv = [sys.executable, "-m", "tests.localcloud.earlier_server", "--state", str(folder), lifetime.SERVER]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        local_cloud.write(CloudAddress("http://127.0.0.1:1", "127.0.0.1:5000", "r", "KEY", "secret", process.pid))
        yield process
        process.kill()


def test_up_restarts_the_server_of_an_earlier_version(folder: Path, earlier: subprocess.Popen[str]) -> None:
    events: list[Event] = []
    running = lifetime.up(folder, events.append)
    assert earlier.wait(60) is not None
    assert running.pid != earlier.pid
    assert any(isinstance(event, Warned) and "earlier version of dockdj" in event.message for event in events)


def test_unknown_process_is_not_ended_as_the_earlier_server(folder: Path, earlier: subprocess.Popen[str]) -> None:
    with subprocess.Popen(["sleep", "600"]) as other:
        local_cloud.write(CloudAddress("http://127.0.0.1:1", "127.0.0.1:5000", "r", "KEY", "secret", other.pid))
        with pytest.raises(Refused, match="does not answer"):
            lifetime.up(folder, silent)
        assert (other.poll(), earlier.poll()) == (None, None)
        other.kill()


FOREIGN = {"s3/kept": "mine", "bundles/kept": "mine"}


@pytest.mark.parametrize(
    "foreign",
    [
        FOREIGN,
        {**FOREIGN, "settings.json": "{}"},
        {**FOREIGN, "settings.json": '{"access_key": 1}'},
        {**FOREIGN, "settings.json": "[]"},
        {**FOREIGN, "cloud.json": "{}"},
        {**FOREIGN, "state.sqlite": "mine"},
    ],
)
def test_reset_of_a_folder_that_no_cloud_made_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, foreign: dict[str, str]
) -> None:
    for name in ("log_out", "remove_cloud"):
        monkeypatch.setattr(lifetime, name, lambda _: pytest.fail("a container was asked for"))
    for name, text in foreign.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(Refused, match="is not a local cloud's folder") as refused:
        lifetime.reset(tmp_path, silent)
    assert "DOCKDJ_STATE" in refused.value.hint
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == set(foreign)


def test_up_in_a_folder_of_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s3").mkdir()
    with pytest.raises(Refused, match="it already contains s3"):
        lifetime.up(tmp_path, silent)
    assert [path.name for path in tmp_path.iterdir()] == ["s3"]


def test_reset_empties_a_clouds_folder_and_keeps_its_keys(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetime, "log_out", lambda _: None)
    monkeypatch.setattr(lifetime, "remove_cloud", lambda _: None)
    lifetime.up(folder, silent)
    for name in ("s3", "secrets"):
        (folder / name).mkdir(exist_ok=True)
    before = settings.load(folder)
    lifetime.reset(folder, silent)
    lifetime.reset(folder, silent)
    assert settings.load(folder) == before
    assert not (folder / "s3").exists() and not (folder / "secrets").exists()
    assert not (folder / "state.sqlite").exists()


def test_reset_of_a_missing_folder_succeeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetime, "log_out", lambda _: None)
    monkeypatch.setattr(lifetime, "remove_cloud", lambda _: None)
    lifetime.reset(tmp_path / "missing", silent)
    lifetime.reset(tmp_path / "missing", silent)
