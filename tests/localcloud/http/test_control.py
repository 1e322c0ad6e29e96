"""The control API, which AWS does not have."""

import os
import urllib.error
import urllib.request
from types import SimpleNamespace
from typing import Any, cast

import pytest
from werkzeug.wrappers import Request

from dockdj.adapters.beanstalk import control_socket
from dockdj.errors import PlatformError
from dockdj.localcloud.http import client
from dockdj.localcloud.http.control import Control
from tests.localcloud.running import Server, option, with_environment


def database(running: Server, name: Any) -> str:
    """The URL of a database, from the control API."""
    return str(control_socket.ask(running.folder, "POST", "databases", {"name": name})["url"])


def test_overview_contains_environments_and_instances(shared: Server) -> None:
    with_environment(shared, "overview", "v1", options=(option("autoscaling:asg", "MinSize", "2"),))
    environments = client.status(shared.folder)["environments"]
    (environment,) = [item for item in environments if item["name"] == "overview"]
    assert (environment["label"], environment["health"], environment["url"]) == ("v1", "Ok", "http://127.0.0.1:8000")
    assert [(item["health"], item["label"], item["deployment"]) for item in environment["instances"]] == [
        ("Ok", "v1", 1)
    ] * 2


def test_database_url_stays_the_same(shared: Server) -> None:
    first = database(shared, "shop-local")
    assert first.startswith("postgres://shop-local:")
    assert database(shared, "shop-local") == first


@pytest.mark.parametrize("name", ["", "Shop; DROP", "x" * 64, 3, None])
def test_invalid_database_name_is_refused(shared: Server, name: Any) -> None:
    with pytest.raises(PlatformError, match="`name` must match"):
        database(shared, name)


def test_ping_asks_neither_the_state_nor_the_machines() -> None:
    cloud = cast(Any, SimpleNamespace(work=SimpleNamespace(busy=lambda: 3)))
    answer = Control(cloud, 5577, stop=lambda: None).answer(Request.from_values("/ping"))
    assert answer.get_json() == {"pid": os.getpid(), "port": 5577, "busy": 3}


@pytest.mark.parametrize("path", ["databases", "ping", "status", "shutdown"])
def test_control_api_does_not_exist_on_the_port(shared: Server, path: str) -> None:
    headers = {"Authorization": f"Bearer {shared.settings.secret_key}"}
    request = urllib.request.Request(f"{shared.endpoint}/_dockdj/{path}", b"{}", headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as refused:
        opener.open(request, timeout=120)
    assert refused.value.code == 400
    assert client.ping(shared.folder)


def test_unknown_control_request_is_refused(shared: Server) -> None:
    with pytest.raises(PlatformError, match="GET /databases does not exist"):
        control_socket.ask(shared.folder, "GET", "databases")


def test_shutdown_ends_the_server(own: Server) -> None:
    client.shut_down(own.folder)
    assert own.process.wait(120) == 0
    assert client.ping(own.folder) is None


def test_shutdown_is_answered_before_the_server_ends() -> None:
    stopped: list[bool] = []
    control = Control(cast(Any, SimpleNamespace()), 5577, stop=lambda: stopped.append(True))
    answer = control.answer(Request.from_values("/shutdown", method="POST"))
    assert (answer.get_json(), stopped) == ({"stopping": True}, [])
    answer.close()
    assert stopped
