"""The registry and PostgreSQL of a cloud."""

import socket
import subprocess
import urllib.request
from ipaddress import IPv4Address
from urllib.parse import urlsplit

import pytest

from dockdj.errors import CommandFailed, UsageError
from dockdj.localcloud.fleet import names, network, services
from dockdj.localcloud.fleet.services import Services, ensure_services, remove_cloud
from tests.localcloud.fleet import bundles
from tests.support import ports, runs

pytestmark = pytest.mark.docker


def query(state_id: str, url: str, sql: str) -> str:
    container = names.name(state_id, names.POSTGRES)
    return bundles.docker("exec", container, "psql", "--no-align", "--tuples-only", url, "--command", sql)


def test_registry_answers_on_the_host(cloud_services: Services) -> None:
    with urllib.request.urlopen(f"http://{cloud_services.registry}/v2/", timeout=120) as answer:
        assert answer.status == 200


def test_database_url_works_and_stays_the_same(state_id: str, cloud_services: Services) -> None:
    url = cloud_services.database_url("shop-a")
    assert query(state_id, url, "SELECT current_user, current_database()") == "shop-a|shop-a"
    assert cloud_services.database_url("shop-a") == url
    assert IPv4Address(urlsplit(url).hostname or "") in network.RANGE


def test_databases_are_separate(state_id: str, cloud_services: Services) -> None:
    first, second = cloud_services.database_url("shop-b"), cloud_services.database_url("shop-c")
    query(state_id, first, "CREATE TABLE mine (id int)")
    assert query(state_id, first, "SELECT count(*) FROM mine") == "0"
    assert query(state_id, second, "SELECT count(*) FROM pg_tables WHERE tablename = 'mine'") == "0"
    assert urlsplit(first).password != urlsplit(second).password


def test_failed_statement_quotes_no_password(
    state_id: str, cloud_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud_services.database_url("shop-d")
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "canary-of-the-test")
    services.sql(state_id, "ALTER TABLE dockdj_databases RENAME TO kept; CREATE TABLE dockdj_databases (name int);")
    try:
        with pytest.raises(CommandFailed) as failed:
            cloud_services.database_url("shop-e")
    finally:
        services.sql(state_id, "DROP TABLE dockdj_databases; ALTER TABLE kept RENAME TO dockdj_databases;")
    assert "INSERT has more expressions" in failed.value.message
    log = subprocess.run(["docker", "logs", names.name(state_id, names.POSTGRES)], capture_output=True, text=True)
    assert "INSERT has more expressions" in log.stderr
    assert "canary-of-the-test" not in failed.value.message + failed.value.output + log.stdout + log.stderr


@pytest.mark.parametrize("name", ["", "1st", "a'b", "a b", "x" * 64])
def test_invalid_database_names_are_refused(cloud_services: Services, name: str) -> None:
    with pytest.raises(UsageError):
        cloud_services.database_url(name)


def test_restarted_services_keep_port_and_data() -> None:
    state_id = runs.name("test")
    try:
        before = ensure_services(state_id)
        url = before.database_url("shop")
        query(state_id, url, "CREATE TABLE kept (id int)")
        before.down()
        after = ensure_services(state_id)
        assert after == before
        assert query(state_id, url, "SELECT count(*) FROM kept") == "0"
    finally:
        remove_cloud(state_id)
    label = ("--filter", f"label={names.CLOUD}={state_id}", "--quiet")
    assert bundles.docker("ps", "--all", *label) == ""
    assert bundles.docker("volume", "ls", *label) == ""
    assert bundles.docker("network", "ls", *label) == ""


def test_port_that_is_taken_before_the_start_is_skipped(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """`free_port` returns a port that another cloud takes at the same moment."""
    state_id = runs.name("test")
    request.addfinalizer(lambda: services.remove_cloud(state_id))
    other = socket.create_server(("127.0.0.1", ports.free()))
    request.addfinalizer(other.close)
    results = iter([other.getsockname()[1]])
    free_port = network.free_port
    monkeypatch.setattr(network, "free_port", lambda preferred: next(results, None) or free_port(preferred))
    address = network.service_address(network.ensure_network(state_id), network.REGISTRY_HOST)
    port = services.ensure_registry(state_id, address)
    assert port != other.getsockname()[1]
    assert services.registry_port(state_id) == port
