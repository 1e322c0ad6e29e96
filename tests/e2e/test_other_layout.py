"""A project that names its own files, service, port, health path and process types in dockdj.toml."""

from hashlib import sha256

import pytest

from tests.support import compose_idioms, other_layout
from tests.support.shop import Shop

pytestmark = [pytest.mark.docker, pytest.mark.cloud, pytest.mark.xdist_group("cloud")]


def digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def test_configured_names_and_paths_are_used_from_release_to_rollback(pair: Shop) -> None:
    record, compose = pair.record("1.0.0"), other_layout.FILES["compose.production.yaml"]
    assert list(record["services"]) == ["web"]
    assert record["compose"] == digest(compose)
    assert record["app"]["variables"] == ["GREETING!"]
    checks = {check["name"]: check for check in record["evidence"][1]["checks"]}
    assert {"release process", "health page", "first page", "stop: web"} <= set(checks)
    assert not any(checks[name].get("skipped") for name in ("release process", "health page", "first page"))
    pair.dockdj("deploy", "1.0.0")
    assert pair.get() == "good morning from 1.0.0"

    # Each release is read by the dockdj.toml of its own commit.
    assert pair.record("1.1.0")["compose"] == digest(other_layout.moved(compose))
    assert pair.record("1.1.0")["fingerprint"]["app"] != record["fingerprint"]["app"]
    changes = [line.strip() for line in pair.dockdj("diff", "1.0.0", "1.1.0").stdout.splitlines()]
    assert {"-    env_file: .env.production", "+    env_file: ../.env.production"} <= set(changes)
    pair.dockdj("deploy", "1.1.0")
    assert pair.get() == "good morning from 1.1.0"
    pair.dockdj("rollback", "--yes")
    assert pair.get() == "good morning from 1.0.0"
    pair.dockdj("verify", "1.0.0")

    # Ten idioms of compose files mean on the instance what they mean to Compose.
    compose_idioms.write_into(pair)
    pair.release("1.2.0")
    pair.dockdj("deploy", "1.2.0")
    assert set(pair.record("1.2.0")["services"]) == {"web", *compose_idioms.EXPECTED}
    for service, (variables, files) in compose_idioms.EXPECTED.items():
        seen = compose_idioms.seen(pair, service)
        assert {name: seen["environment"].get(name) for name in variables} == variables
        assert seen["files"] == dict.fromkeys(files, "seen\n")
        # The properties of the environment, which are no file of the commit.
        assert seen["environment"]["GREETING"] == "good morning"
    pair.dockdj("rollback", "1.0.0", "--yes")
    assert pair.get() == "good morning from 1.0.0"

    # A commit without the file that its dockdj.toml names is not a release.
    pair.change("dockdj.toml", '^compose = "ops/compose.yaml"', 'compose = "compose.production.yaml"')
    pair.commit("Name a file that is gone")
    refused = pair.dockdj("release", "1.3.0", check=False)
    assert refused.returncode != 0
    assert "compose.production.yaml" in refused.stderr
