"""The address of the running local cloud."""

from pathlib import Path

import pytest

from dockdj.adapters.beanstalk import local_cloud
from dockdj.adapters.beanstalk.local_cloud import CloudAddress
from dockdj.errors import MissingTool
from tests.localcloud.control_api import control_api
from tests.support import ports


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKDJ_STATE", str(tmp_path / "cloud"))


def published(port: int, secret: str = "secret") -> CloudAddress:
    address = CloudAddress(f"http://127.0.0.1:{port}", "127.0.0.1:5000", "us-east-1", "KEY", secret, 1)
    local_cloud.write(address)
    return address


def test_require_pings_the_cloud_and_asks_nothing_else() -> None:
    with control_api({"ping": {"pid": 1, "busy": 0}}, secret="secret") as port:
        address = published(port)
        assert local_cloud.require() == address


def test_require_accepts_a_cloud_of_an_earlier_version_without_ping() -> None:
    with control_api({"status": {}}, secret="secret") as port:
        address = published(port)
        assert local_cloud.require() == address


def test_require_refuses_a_cloud_with_other_keys() -> None:
    with control_api({"ping": {}}, secret="secret") as port:
        published(port, secret="another")
        with pytest.raises(MissingTool, match="does not answer"):
            local_cloud.require()


def test_require_refuses_an_address_where_no_server_listens() -> None:
    published(ports.free())
    with pytest.raises(MissingTool, match="does not answer") as refused:
        local_cloud.require()
    assert refused.value.hint == "dockdj cloud up"


def test_require_without_an_address_is_refused() -> None:
    with pytest.raises(MissingTool, match="the local cloud is not running"):
        local_cloud.require()
