"""The product's story: an application and its stack go to 1.0.0, to 1.1.0 and back, as one unit."""

from pathlib import Path

import pytest

from tests.conftest import remove_images
from tests.support import shop as shops
from tests.support.load import Load

pytestmark = [pytest.mark.docker, pytest.mark.cloud, pytest.mark.xdist_group("story")]

REQUESTS = 2000


def test_rolling_back_the_application_rolls_back_the_stack_and_loses_no_request(
    cloud: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    shop = shops.make(tmp_path, "story-shop", cloud)
    request.addfinalizer(lambda: remove_images(shop.name))
    request.addfinalizer(lambda: shop.dockdj("terminate", "--yes", check=False))
    shop.dockdj("create")

    # A first release runs everywhere, and says itself which one it is.
    shop.release("1.0.0")
    shop.dockdj("deploy", "1.0.0")
    first, page = shop.seen(), shop.get()
    pinned = shop.data("publish", "1.0.0")
    assert len(first) == 2
    for one in first:
        assert one.images == {name: image.partition("@")[2] for name, image in pinned["images"].items()}
        assert (one.jq, one.release, one.record) == ("", "1.0.0", pinned["record"])

    # One line of the application and two things of its stack change together.
    shop.change("app/apps/webroot/views.py", "^GREETING = .*", 'GREETING = "Hello from 1.1.0"')
    (shop.root / "docker/django/packages.txt").open("a").write("jq\n")
    shop.change("docker/nginx/nginx.conf", "client_max_body_size [^;]+;", "client_max_body_size 25m;")
    shop.commit("Greet anew, with jq and larger uploads")
    shop.release("1.1.0")
    changes = shop.data("diff", "1.0.0", "1.1.0")
    assert ("jq", None) in {(one["name"], one["before"]) for one in changes["packages"] if one["service"] == "django"}
    (nginx,) = [one for one in changes["files"] if one["name"] == "/etc/nginx/nginx.conf"]
    assert "+    client_max_body_size 25m;" in nginx["text"]
    assert changes["same"] == {"app": False, "deps": True, "stack": False}

    # Deployed and rolled back under load.
    with Load(shop.url) as load:
        shop.dockdj("deploy", "1.1.0")
        second = shop.seen()
        assert {(one.body_size, one.release) for one in second} == {("25m", "1.1.0")}
        assert all(one.jq for one in second)
        assert all(
            new.images[name] != old.images[name] for new, old in zip(second, first, strict=True) for name in old.images
        )
        assert "Hello from 1.1.0" in shop.get()
        shop.dockdj("rollback", "--yes")
    assert shop.seen() == first
    assert shop.get() == page
    assert (load.failed, dict(load.failures)) == (0, {})
    assert load.requests >= REQUESTS
    assert set(load.answers) == {"1.0.0", "1.1.0"}

    # What happened is known.
    events = shop.data("history")["targets"]["local"]["events"]
    ran = [(one["what"], one["version"], one["outcome"]) for one in events if one["what"] != "published"]
    assert ran == [("deployed", "1.0.0", "ok"), ("deployed", "1.1.0", "ok"), ("rolled back", "1.0.0", "ok")]
    assert shop.data("status")["release"] == {"version": "1.0.0", "digest": pinned["record"]}
