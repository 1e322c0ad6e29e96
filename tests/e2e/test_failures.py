"""A release that fails on a target is rolled back, and the exit code says so."""

import json
import subprocess
from pathlib import Path

import pytest

from dockdj.adapters.beanstalk.local_cloud import CloudAddress
from tests.support import registry
from tests.support.shop import Shop

pytestmark = [pytest.mark.docker, pytest.mark.cloud, pytest.mark.xdist_group("cloud")]


def failure(shop: Shop, *arguments: str) -> tuple[int, str, str]:
    """Run a command that fails; return its exit code, message and hint."""
    done = shop.dockdj("--json", *arguments, check=False)
    document = json.loads(done.stdout)
    assert document["status"] == "failed"
    (error,) = document["errors"]
    return done.returncode, error["message"], error["hint"]


def test_release_with_a_failing_migration_leaves_the_running_release_untouched(shop: Shop) -> None:
    shop.dockdj("deploy", "1.0.0")
    before = shop.instances()
    shop.git("checkout", "--quiet", "v1.0.0", "--", "app")
    command = "app/apps/base/management/commands/release.py"
    shop.change(
        command,
        r"^(    def handle\(.*)$",
        r'\1\n        if os.environ.get("ENV_NAME") == "local":\n            raise SystemExit("no way")',
    )
    shop.change(command, r"^(from|import) ", r"import os\n\1 ")
    shop.commit("A migration that fails")
    shop.release("1.2.0")
    code, message, _ = failure(shop, "deploy", "1.2.0")
    assert code == 6
    assert "10_release" in message
    assert "no way" in message
    assert "still runs 1.0.0" in message or "was rolled back to 1.0.0" in message
    assert shop.instances() == before


def test_unreachable_registry_is_named_and_the_target_keeps_running(shop: Shop) -> None:
    state = Path(shop.environment["DOCKDJ_STATE"])
    port = CloudAddress(**json.loads((state / "cloud.json").read_text())).registry.rpartition(":")[2]
    listed = ["docker", "ps", "--quiet", "--filter", f"publish={port}"]
    container = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()[0]
    subprocess.run(["docker", "stop", container], check=True, capture_output=True)
    try:
        code, message, hint = failure(shop, "deploy", "1.0.0")
    finally:
        subprocess.run(["docker", "start", container], check=True, capture_output=True)
        registry.until_answers(f"127.0.0.1:{port}")
    assert code == 5
    assert f"registry at 127.0.0.1:{port} does not answer" in message
    assert hint
    assert shop.data("status")["release"]["version"] == "1.0.0"
