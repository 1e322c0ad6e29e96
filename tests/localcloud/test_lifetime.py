"""Starting the local cloud, with a server over fake machines."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from dockdj.events import Event, Finished, silent
from dockdj.localcloud import lifetime
from dockdj.localcloud.http import client
from dockdj.localcloud.state import ownership, settings
from tests.support import ports
from tests.support.eventually import eventually


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The state folder of a cloud whose services and machines need no Docker; its server ends with the test."""
    folder = tmp_path / "cloud"
    settings.save(folder, settings.with_port(settings.load(folder), ports.free()))
    monkeypatch.setattr(lifetime, "SERVER", "tests.localcloud.fake_server")
    monkeypatch.setattr(lifetime, "ensure_image", lambda *_: None)
    monkeypatch.setattr(lifetime, "ensure_services", lambda *_: SimpleNamespace(registry="127.0.0.1:5000"))
    yield folder
    cloud_settings = settings.load(folder)
    if client.ping(cloud_settings):
        client.ask(cloud_settings, "POST", "shutdown")
        eventually(lambda: not ownership.held(folder, ownership.SERVER))


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
    assert client.ping(settings.load(folder)) is None
