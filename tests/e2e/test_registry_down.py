"""A deployment without the registry that it needs."""

import json
import subprocess
from pathlib import Path

import pytest

from dockdj.adapters.beanstalk.local_cloud import CloudAddress
from tests.support import registry
from tests.support.shop import Shop

pytestmark = [pytest.mark.docker, pytest.mark.cloud, pytest.mark.xdist_group("cloud")]


def test_unreachable_registry_is_named_and_the_target_keeps_running(pair: Shop) -> None:
    running = pair.data("status")["release"]
    state = Path(pair.environment["DOCKDJ_STATE"])
    port = CloudAddress(**json.loads((state / "cloud.json").read_text())).registry.rpartition(":")[2]
    listed = ["docker", "ps", "--quiet", "--filter", f"publish={port}"]
    container = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()[0]
    subprocess.run(["docker", "stop", container], check=True, capture_output=True)
    try:
        code, message, hint = pair.failure("deploy", "1.0.0")
    finally:
        subprocess.run(["docker", "start", container], check=True, capture_output=True)
        registry.until_answers(f"127.0.0.1:{port}")
    assert code == 5
    assert f"registry at 127.0.0.1:{port} does not answer" in message
    assert hint
    assert pair.data("status")["release"] == running
