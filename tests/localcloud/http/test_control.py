"""The control API, which AWS does not have."""

import json
import os
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from werkzeug.wrappers import Request

from dockdj.localcloud.http import client, control
from dockdj.localcloud.state import settings
from tests.localcloud.running import Server, option, with_environment


def post(running: Server, path: str, document: Any, secret: str) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{running.endpoint}/_dockdj/{path}",
        data=json.dumps(document).encode(),
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=120) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


def test_overview_contains_environments_and_instances(shared: Server) -> None:
    with_environment(shared, "overview", "v1", options=(option("autoscaling:asg", "MinSize", "2"),))
    environments = client.status(shared.settings)["environments"]
    (environment,) = [item for item in environments if item["name"] == "overview"]
    assert (environment["label"], environment["health"], environment["url"]) == ("v1", "Ok", "http://127.0.0.1:8000")
    assert [(item["health"], item["label"], item["deployment"]) for item in environment["instances"]] == [
        ("Ok", "v1", 1)
    ] * 2


def test_database_url_stays_the_same(shared: Server) -> None:
    first = post(shared, "databases", {"name": "shop-local"}, shared.settings.secret_key)
    assert first["url"].startswith("postgres://shop-local:")
    assert post(shared, "databases", {"name": "shop-local"}, shared.settings.secret_key) == first


@pytest.mark.parametrize("name", ["", "Shop; DROP", "x" * 64, 3, None])
def test_invalid_database_name_is_refused(shared: Server, name: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(shared, "databases", {"name": name}, shared.settings.secret_key)
    assert refused.value.code == 400


def test_ping_asks_neither_the_state_nor_the_machines(tmp_path: Path) -> None:
    cloud_settings = settings.load(tmp_path)
    headers = {"Authorization": f"Bearer {cloud_settings.secret_key}"}
    request = Request.from_values("/_dockdj/ping", headers=headers)
    cloud = cast(Any, SimpleNamespace(settings=cloud_settings, work=SimpleNamespace(busy=lambda: 3)))
    answer = control.answer(cloud, request, stop=lambda: None)
    assert answer.get_json() == {"pid": os.getpid(), "busy": 3}


@pytest.mark.parametrize("path", ["databases", "ping", "shutdown"])
def test_wrong_secret_is_refused(shared: Server, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(shared, path, {"name": "shop"}, "wrong")
    assert refused.value.code == 401


def test_shutdown_ends_the_server(own: Server) -> None:
    assert client.ask(own.settings, "POST", "shutdown") == {"stopping": True}
    assert own.process.wait(120) == 0
    assert client.ping(own.settings) is None


def test_shutdown_is_answered_before_the_server_ends(tmp_path: Path) -> None:
    stopped: list[bool] = []
    cloud_settings = settings.load(tmp_path)
    headers = {"Authorization": f"Bearer {cloud_settings.secret_key}"}
    request = Request.from_values("/_dockdj/shutdown", method="POST", headers=headers)
    cloud = cast(Any, SimpleNamespace(settings=cloud_settings))
    answer = control.answer(cloud, request, stop=lambda: stopped.append(True))
    assert (answer.get_json(), stopped) == ({"stopping": True}, [])
    answer.close()
    assert stopped
