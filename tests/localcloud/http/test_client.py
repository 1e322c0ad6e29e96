"""The client of the control API."""

from pathlib import Path

from dockdj.localcloud.http import client
from tests.localcloud.running import Server


def test_ping_returns_process_and_port_of_the_running_server(shared: Server) -> None:
    pulse = client.ping(shared.folder)
    assert pulse is not None
    assert (pulse.pid, pulse.port) == (shared.process.pid, shared.settings.port)


def test_ping_without_a_server_returns_none(tmp_path: Path) -> None:
    assert client.ping(tmp_path) is None
    assert client.ping(tmp_path / "missing") is None


def test_server_of_another_folder_is_not_this_folders_server(shared: Server, tmp_path: Path) -> None:
    assert client.ping(tmp_path) is None
    assert client.ping(shared.folder)
