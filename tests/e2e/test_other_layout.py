"""A project that names its own files, service, port, health path and process types in dockdj.toml."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.conftest import remove_images
from tests.support import compose_idioms, other_layout

pytestmark = [pytest.mark.docker, pytest.mark.cloud, pytest.mark.xdist_group("cloud")]


def digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def test_configured_names_and_paths_are_used_from_release_to_rollback(
    cloud: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    shop = other_layout.make(tmp_path, cloud)
    request.addfinalizer(lambda: remove_images(shop.name))
    request.addfinalizer(lambda: shop.dockdj("terminate", "--yes", check=False))
    shop.dockdj("create")

    shop.release("1.0.0")
    record = shop.record("1.0.0")
    compose = other_layout.FILES["compose.production.yaml"]
    assert list(record["services"]) == ["web"]
    assert record["compose"] == digest(compose)
    assert record["app"]["variables"] == ["GREETING!"]
    checks = {check["name"]: check for check in record["evidence"][1]["checks"]}
    assert {"release process", "health page", "first page", "stop: web"} <= set(checks)
    assert not any(checks[name].get("skipped") for name in ("release process", "health page", "first page"))
    shop.dockdj("deploy", "1.0.0")
    assert shop.get() == "good morning from 1.0.0"

    # Each release is read by the dockdj.toml of its own commit.
    moved = other_layout.move_compose_file(shop, "ops/compose.yaml")
    shop.release("1.1.0")
    assert shop.record("1.1.0")["compose"] == digest(moved)
    assert shop.record("1.1.0")["fingerprint"]["app"] != record["fingerprint"]["app"]
    changes = [line.strip() for line in shop.dockdj("diff", "1.0.0", "1.1.0").stdout.splitlines()]
    assert {"-    env_file: .env.production", "+    env_file: ../.env.production"} <= set(changes)
    shop.dockdj("deploy", "1.1.0")
    assert shop.get() == "good morning from 1.1.0"
    shop.dockdj("rollback", "--yes")
    assert shop.get() == "good morning from 1.0.0"
    shop.dockdj("verify", "1.0.0")

    # Ten idioms of compose files mean on the instance what they mean to Compose.
    compose_idioms.write_into(shop)
    shop.release("1.2.0")
    shop.dockdj("deploy", "1.2.0")
    assert set(shop.record("1.2.0")["services"]) == {"web", *compose_idioms.EXPECTED}
    for service, (variables, files) in compose_idioms.EXPECTED.items():
        seen = compose_idioms.seen(shop, service)
        assert {name: seen["environment"].get(name) for name in variables} == variables
        assert seen["files"] == dict.fromkeys(files, "seen\n")
        # The properties of the environment, which are no file of the commit.
        assert seen["environment"]["GREETING"] == "good morning"
    shop.dockdj("rollback", "1.0.0", "--yes")
    assert shop.get() == "good morning from 1.0.0"

    # A commit without the file that its dockdj.toml names is not a release.
    shop.change("dockdj.toml", '^compose = "ops/compose.yaml"', 'compose = "compose.production.yaml"')
    shop.commit("Name a file that is gone")
    refused = shop.dockdj("release", "1.3.0", check=False)
    assert refused.returncode != 0
    assert "compose.production.yaml" in refused.stderr
