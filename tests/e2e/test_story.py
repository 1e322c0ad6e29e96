"""The product's story: an application and its server are upgraded, and the application is rolled back.

The application runs on a server from the base image. A vulnerability in the server leads to stack B. Then the
application must return to a version that was tested only on stack A.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import remove_images
from tests.support import runs
from tests.support import shop as shops
from tests.support.project import write
from tests.support.shop import Shop

pytestmark = [pytest.mark.docker, pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

BASE = "python:3.13-slim-trixie"
# A Debian package, built and installed by Debian's own program.
SERVER = """\
FROM python:3.13-slim-trixie
RUN mkdir -p /tmp/server/DEBIAN /tmp/server/usr/bin \\
    && printf 'Package: front-server\\nVersion: %s\\nArchitecture: all\\nMaintainer: A <a@example.com>\\n\
Description: what the application runs on\\n' {version} > /tmp/server/DEBIAN/control \\
    && printf '#!/bin/sh\\necho {version}\\n' > /tmp/server/usr/bin/front-server \\
    && chmod 755 /tmp/server/usr/bin/front-server \\
    && dpkg-deb --build /tmp/server /tmp/server.deb && dpkg --install /tmp/server.deb && rm -rf /tmp/server*
"""
SUITE = """\
import subprocess


def test_server_version_is_known() -> None:
    version = subprocess.run(["/usr/bin/front-server"], capture_output=True, text=True, check=True).stdout.strip()
    assert version.startswith("3.3.")
"""
TEST = "app/apps/webroot/tests/test_server.py"
CLASS = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
# Only Django itself sees that the second migration cannot be undone, and that the helper module is not the last one.
MIGRATION = """\
from django.db import migrations

from ._fill import fill


class Migration(migrations.Migration):
    dependencies = [("webroot", "0001_initial")]
    operations = []
    operations.append(migrations.RunPython(fill))
"""
MIGRATIONS = {
    "__init__": "",
    "_fill": "def fill(apps, schema_editor):\n    pass\n",
    "0001_initial": f"{CLASS}    initial = True\n",
    "0002_fill": MIGRATION,
}
ILL = 'return answer(500 if os.environ.get("ENV_NAME") == "local" else 200, "ok", **release())'


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    """Base images by the server version they hold."""
    repository = runs.name("story-base-")
    images = {}
    for version in ("3.3.0", "3.3.1"):
        images[version] = f"{repository}:{version}"
        argv = ["docker", "buildx", "build", "--quiet", "--tag", images[version], "-"]
        subprocess.run(argv, input=SERVER.format(version=version), text=True, check=True, capture_output=True)
    yield images
    remove_images(repository)


@pytest.fixture
def shop(cloud: Path, tmp_path: Path, servers: dict[str, str]) -> Iterator[Shop]:
    """A new project on server 3.3.0, and its environment."""
    shop = shops.make(tmp_path, "story-shop", cloud, instances=1)
    with (shop.root / "dockdj.toml").open("a") as file:
        file.write(f'\n[build.images]\n"{BASE}" = "{servers["3.3.0"]}"\n')
    write(shop.root, TEST, SUITE)
    shop.commit("It runs on a server of the series 3.3")
    shop.dockdj("create")
    yield shop
    shop.dockdj("terminate", "--yes", check=False)
    remove_images(shop.name)


def server(shop: Shop, version: str) -> str:
    """The server's version in a release's record."""
    return str(shop.record(version)["services"]["django"]["os"]["packages"]["front-server"]["version"])


def test_application_rolls_back_with_its_stack_or_is_tested_on_the_new_stack(
    shop: Shop, servers: dict[str, str]
) -> None:
    # 0.7.0 on stack A. The running application tells its release.
    shop.release("0.7.0")
    shop.dockdj("deploy", "0.7.0")
    first, page = shop.instances(), shop.get()
    published = shop.data("publish", "0.7.0")
    assert first[0].images == {name: image.partition("@")[2] for name, image in published["images"].items()}
    assert (first[0].release, first[0].record) == ("0.7.0", published["record"])

    # 0.8.0 on stack A, with another greeting, larger uploads and two migrations.
    for name, text in MIGRATIONS.items():
        write(shop.root, f"app/apps/webroot/migrations/{name}.py", text)
    shop.change("app/apps/webroot/views.py", "^GREETING = .*", 'GREETING = "Hello from 0.8.0"')
    shop.change("docker/nginx/nginx.conf", "client_max_body_size [^;]+;", "client_max_body_size 25m;")
    shop.commit("Greet anew, and larger uploads")
    shop.dockdj("release", "0.8.0")
    application = shop.record("0.8.0")["app"]
    assert (application["migrations"], application["irreversible"]) == ({"webroot": "0002_fill"}, ["webroot.0002_fill"])
    assert {"auth", "webroot"} <= set(application["django"]["leaves"])

    # A vulnerability in the server: the same application on stack B, tested there, as a separate release.
    shop.dockdj("restack", "0.8.0", "--base", f"{BASE}={servers['3.3.1']}")
    shop.dockdj("publish", "0.8.0+stack.1")
    shop.dockdj("deploy", "0.8.0+stack.1")
    patched = shop.instances()
    assert "Hello from 0.8.0" in shop.get()
    assert {(each.release, each.body_size) for each in patched} == {("0.8.0+stack.1", "25m")}
    assert (server(shop, "0.8.0"), server(shop, "0.8.0+stack.1")) == ("3.3.0", "3.3.1")
    changes = shop.data("diff", "0.8.0", "0.8.0+stack.1")
    assert changes["same"] == {"app": True, "deps": True, "stack": False}

    # 0.9.0 on stack B does not become healthy: the fleet returns to the release before.
    shop.change("dockdj.toml", f'^"{BASE}" = .*', f'"{BASE}" = "{servers["3.3.1"]}"')
    shop.change("app/apps/health/middleware.py", r'return answer\(200, "ok", \*\*release\(\)\)', ILL)
    shop.commit("Ill, but only where it is deployed")
    shop.release("0.9.0")
    failed = shop.dockdj("deploy", "0.9.0", check=False)
    assert failed.returncode == 6
    for words in ("did not pass the health checks", "was rolled back to 0.8.0+stack.1", "dockdj events local"):
        assert words in failed.stderr
    assert shop.instances() == patched

    # A vulnerability in 0.8.0: back to 0.7.0, which restores stack A and first tells what is downgraded.
    plan = shop.dockdj("rollback", "0.7.0", "--plan").stdout
    assert "front-server" in plan and "3.3.1" in plan
    assert "does not know: webroot 0002_fill (it has none); cannot be undone: webroot.0002_fill" in plan
    downgrades = {
        each["name"]: (each["before"], each["after"]) for each in shop.data("rollback", "0.7.0", "--plan")["losses"]
    }
    assert downgrades["front-server"] == ("3.3.1", "3.3.0")
    shop.dockdj("rollback", "0.7.0", "--yes")
    assert shop.instances() == first
    assert shop.get() == page

    # The old application on the fixed stack: built, tested on both stacks, and released.
    shop.dockdj("restack", "0.7.0", "--stack-from", "0.8.0+stack.1")
    shop.dockdj("publish", "0.7.0+stack.1")
    shop.dockdj("deploy", "0.7.0+stack.1")
    again = shop.instances()
    assert f"Hello from {shop.name}" in shop.get()
    assert {(each.release, each.body_size) for each in again} == {("0.7.0+stack.1", "25m")}
    record = shop.record("0.7.0+stack.1")
    assert server(shop, "0.7.0+stack.1") == "3.3.1"
    assert record["restack_of"] == {
        "version": "0.7.0",
        "digest": published["record"],
        "stack_from": {"version": "0.8.0+stack.1", "digest": shop.data("publish", "0.8.0+stack.1")["record"]},
        "bases": {},
    }
    assert record["fingerprint"]["stack"] == shop.record("0.8.0+stack.1")["fingerprint"]["stack"]
    assert [proof["suite"] for proof in record["evidence"]] == ["build", "smoke", "control"]
    for version in ("0.7.0+stack.1", "0.8.0+stack.1"):
        assert shop.dockdj("verify", version).returncode == 0

    # The history has all of it.
    events = shop.data("history")["targets"]["local"]["events"]
    deployments = [(each["what"], each["version"], each["outcome"]) for each in events if each["what"] != "published"]
    assert deployments == [
        ("deployed", "0.7.0", "ok"),
        ("deployed", "0.8.0+stack.1", "ok"),
        ("deployed", "0.9.0", "failed"),
        ("returned", "0.8.0+stack.1", "ok"),
        ("rolled back", "0.7.0", "ok"),
        ("deployed", "0.7.0+stack.1", "ok"),
    ]
