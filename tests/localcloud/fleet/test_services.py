"""The registry and PostgreSQL of a cloud."""

import base64
import socket
import subprocess
import urllib.error
import urllib.request
from ipaddress import IPv4Address
from urllib.parse import urlsplit

import pytest

from dockdj.errors import CommandFailed, UsageError
from dockdj.localcloud.fleet import names, network, registry, services
from dockdj.localcloud.fleet.services import Services, ensure_services, remove_cloud
from tests.localcloud.fleet import bundles
from tests.support import ports, runs
from tests.support.registry import until_answers

pytestmark = pytest.mark.docker


def query(state_id: str, url: str, sql: str) -> str:
    container = names.name(state_id, names.POSTGRES)
    return bundles.docker("exec", container, "psql", "--no-align", "--tuples-only", url, "--command", sql)


def answered(address: str, path: str, *, method: str = "GET", password: str = "") -> int:
    """The status of a registry's answer."""
    encoded = base64.b64encode(f"{registry.USER}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {encoded}"} if password else {}
    request = urllib.request.Request(f"http://{address}/v2/{path}", headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_registry_on_the_host_asks_for_the_password(state_id: str, cloud_services: Services) -> None:
    login = registry.login(state_id)
    assert login and login.password not in repr(login)
    address = cloud_services.registry
    assert login.registry == address
    assert answered(address, "", password=login.password) == 200
    for method, path in (
        ("GET", ""),
        ("GET", "_catalog"),
        ("POST", "shop/blobs/uploads/"),
        ("PUT", "shop/manifests/1"),
    ):
        assert answered(address, path, method=method) == 401
        assert answered(address, path, method=method, password="guessed") == 401


def test_registry_deletes_nothing(state_id: str, cloud_services: Services) -> None:
    login = registry.login(state_id)
    assert login
    digest = bundles.push(cloud_services.registry, "1").partition("@")[2]
    path = f"application/manifests/{digest}"
    assert answered(cloud_services.registry, path, method="DELETE") == 401
    assert answered(cloud_services.registry, path, method="DELETE", password=login.password) == 405
    assert answered(cloud_services.registry, path, password=login.password) == 200


def test_registry_of_an_earlier_version_gets_a_password_and_keeps_port_and_images(
    state_id: str, cloud_services: Services
) -> None:
    image = bundles.push(cloud_services.registry, "1")
    container = names.name(state_id, names.REGISTRY)
    address = network.service_address(network.ensure_network(state_id), network.REGISTRY_HOST)
    port = cloud_services.registry.rpartition(":")[2]
    bundles.docker("rm", "--force", container)
    labels = names.label_options(names.labels(state_id, names.REGISTRY, address=address))
    bundles.docker(
        "run", "--detach", "--name", container, *labels, "--ip", address, "--network",
        names.name(state_id, names.NETWORK), "--publish", f"127.0.0.1:{port}:5000",
        "--mount", f"type=volume,src={container},dst=/var/lib/registry", registry.IMAGE,
    )  # fmt: skip
    until_answers(cloud_services.registry)
    assert answered(cloud_services.registry, "") == 200
    assert ensure_services(state_id) == cloud_services
    login = registry.log_in(state_id)
    assert answered(cloud_services.registry, "") == 401
    bundles.docker("image", "rm", "--force", image)
    bundles.docker("pull", "--quiet", image)
    assert ensure_services(state_id) == cloud_services
    assert registry.login(state_id) == login


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
    port = registry.ensure(state_id, address, lambda _: "hash")
    assert port != other.getsockname()[1]
    assert registry.port(state_id) == port
