"""The client of the control API."""

from pathlib import Path

from dockdj.localcloud.http import client
from dockdj.localcloud.http.client import Pulse
from dockdj.localcloud.state import settings
from tests.localcloud.control_api import control_api
from tests.localcloud.running import Server
from tests.support import ports


def test_ping_returns_the_process_of_the_running_server(shared: Server) -> None:
    pulse = client.ping(shared.settings)
    assert pulse is not None
    assert pulse.pid == shared.process.pid


def test_ping_of_an_earlier_version_reads_the_overview(tmp_path: Path) -> None:
    cloud_settings = settings.load(tmp_path)
    overview = {"pid": 7, "busy": 2, "environments": []}
    with control_api({"status": overview}, secret=cloud_settings.secret_key) as port:
        assert client.ping(settings.with_port(cloud_settings, port)) == Pulse(7, 2)


def test_ping_without_a_server_returns_none(tmp_path: Path) -> None:
    assert client.ping(settings.with_port(settings.load(tmp_path), ports.free())) is None


def test_ping_of_a_server_with_other_keys_returns_none(tmp_path: Path) -> None:
    cloud_settings = settings.load(tmp_path)
    with control_api({"ping": {"pid": 7, "busy": 0}}, secret="another") as port:
        assert client.ping(settings.with_port(cloud_settings, port)) is None
