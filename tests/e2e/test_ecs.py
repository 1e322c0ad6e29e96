"""A project of the ECS platform, from `new` to a rolling deployment, and to one whose migration fails."""

import re
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import remove_images
from tests.support import shop as shops
from tests.support.load import Load

pytestmark = [pytest.mark.docker, pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

COMPOSE = "docker/django/prod/docker-compose.yml"
RELEASE = "app/apps/base/management/commands/release.py"
# Only on the target: the smoke test runs the release process, too.
MIGRATION_FAILS = r'\1\n        if os.environ.get("ENV_NAME") == "local":\n            raise SystemExit("no way")'


def test_ecs_project_is_released_and_deployed_and_serves(
    cloud: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    shop = shops.make(tmp_path, "ecs-shop", cloud, platform="ecs")
    request.addfinalizer(lambda: remove_images(shop.name))
    request.addfinalizer(lambda: shop.dockdj("terminate", "--yes", check=False))

    # A setting without an ECS equivalent is never released.
    shop.change(COMPOSE, "^    read_only: true", "    read_only: true\n    stop_signal: SIGINT")
    shop.commit("A key that ECS does not have")
    refused = shop.dockdj("release", "1.0.0", check=False)
    assert refused.returncode == 3
    assert re.search(rf"{COMPOSE}:\d+: services\.django\.stop_signal: ", refused.stderr)
    shop.change(COMPOSE, "^    stop_signal: SIGINT\n", "    mem_reservation: 128m\n")
    shop.commit("A key that ECS has")
    drifted = shop.dockdj("release", "1.0.0", check=False)
    assert drifted.returncode == 3
    assert '+      "memoryReservation": 128,' in drifted.stderr
    assert "dockdj dockerrun" in drifted.stderr
    shop.dockdj("dockerrun")
    shop.commit("The file that ECS reads")

    shop.release("1.0.0")
    # One command of the essay: start the cloud, create the environment, deploy the newest release.
    shop.wrapper("stevedore", "awseb")
    pinned = shop.data("publish", "1.0.0")
    instances = shop.instances()
    assert len(instances) == 2
    for instance in instances:
        assert instance.images == {name: image.partition("@")[2] for name, image in pinned["images"].items()}
        assert (instance.release, instance.record) == ("1.0.0", pinned["record"])

    # django serves the page over the link, nginx its style sheet. The admin's table exists.
    page = shop.get()
    assert shop.name in page
    style = re.search(r'href="/(static/[^"]+\.css)"', page)
    assert style
    with urllib.request.urlopen(shop.url + style[1], timeout=120) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "csrfmiddlewaretoken" in shop.get("admin/login/")

    # Tasks stop before they start, one batch after the other, and no request fails.
    shop.change("app/apps/webroot/views.py", "^GREETING = .*", 'GREETING = "Hello again"')
    shop.commit("Greet anew")
    shop.release("1.1.0")
    with Load(shop.url) as load:
        load.until(100)
        shop.dockdj("deploy", "1.1.0")
        load.until(load.requests + 100)
    assert (load.failed, dict(load.failures)) == (0, {})
    assert load.answers["1.0.0"] and load.answers["1.1.0"]
    running = shop.instances()
    assert {instance.release for instance in running} == {"1.1.0"}

    # A release whose migration fails never serves.
    shop.change(RELEASE, r"^(    def handle\(.*)$", MIGRATION_FAILS)
    shop.change(RELEASE, r"^(from|import) ", r"import os\n\1 ")
    shop.commit("A migration that fails")
    shop.release("1.2.0")
    code, message, _ = shop.failure("deploy", "1.2.0")
    assert code == 6
    assert "10_release" in message
    assert "no way" in message
    assert "still runs 1.1.0" in message or "was rolled back to 1.1.0" in message
    assert shop.instances() == running
