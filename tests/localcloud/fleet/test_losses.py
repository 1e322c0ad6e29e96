"""Lost instances, requests and sticky sessions on real instances."""

import json
import urllib.request

import pytest

from dockdj.localcloud.contract import Life, Policy
from tests.localcloud.fleet import bundles
from tests.localcloud.fleet.conftest import Environment
from tests.support.eventually import eventually
from tests.support.load import Load

pytestmark = pytest.mark.docker


def test_killed_instance_shows_and_is_replaced_while_the_other_serves_every_request(environment: Environment) -> None:
    deployment = environment.deploy(environment.version("1"), policy=Policy.ALL_AT_ONCE)
    killed, other = environment.states()
    container = next(name for name in environment.containers() if name.endswith(killed.id))
    # As when the instance's daemon dies: it is the machine's main process.
    bundles.docker("kill", container)
    eventually(
        lambda: (
            {item.id: item.life for item in environment.states()} == {killed.id: Life.STOPPED, other.id: Life.ANSWERS}
        )
    )
    environment.events.clear()
    with Load(environment.url) as load:
        load.until(20)
        environment.operations.resize(environment.spec, deployment, {killed.id}, environment.emit)
        load.until(load.requests + 50)
    assert (load.failed, dict(load.failures)) == (0, {})
    states = environment.states()
    assert [(item.status, item.version_label) for item in states] == [("Ok", deployment.version_label)] * 2
    assert states[0].id == other.id
    assert container not in bundles.docker("ps", "--all", "--format", "{{.Names}}")
    removed, added, *_ = [text for _, text in environment.events]
    assert removed == f"Removed instance [{killed.id}] from your environment."
    assert added == f"Added instance [{states[1].id}] to your environment."


def test_requests_are_counted_by_status_and_latency(environment: Environment) -> None:
    environment.deploy(environment.version("1"), policy=Policy.ALL_AT_ONCE)
    before = environment.operations.observe(environment.spec)
    for _ in range(6):
        environment.page("/")
    environment.page("/slow")
    after = environment.operations.observe(environment.spec)
    assert after.traffic.statuses[0] - before.traffic.statuses[0] == 7
    assert sum(item.traffic.statuses[0] for item in after.instances) == 7
    assert after.traffic.statuses[1:] == before.traffic.statuses[1:]
    latest = [answer.seconds for answer in after.traffic.answers[-7:]]
    assert 3 <= max(latest) < 30
    assert all(item.load and item.load.user + item.load.system > 0 for item in after.instances)


def test_sticky_client_stays_on_its_instance_and_another_does_not(environment: Environment) -> None:
    deployment = environment.deploy(environment.version("1"), policy=Policy.ALL_AT_ONCE)
    environment.configure(deployment, sticky_seconds=3600)
    eventually(lambda: {item.status for item in environment.states()} == {"Ok"})

    def visit(cookie: str) -> tuple[str, str]:
        """The instance that answers, and the cookie that it sets."""
        request = urllib.request.Request(environment.url + "/environment", headers={"Cookie": cookie} if cookie else {})
        with urllib.request.urlopen(request, timeout=120) as answer:
            host = json.load(answer)["page"]["HOSTNAME"]
            return host, (answer.headers["Set-Cookie"] or "").partition(";")[0]

    host, cookie = visit("")
    assert cookie.startswith("AWSALB=")
    assert {visit(cookie)[0] for _ in range(8)} == {host}
    assert len({visit("")[0] for _ in range(8)}) == 2
    # Servers that are added while the balancer runs have the cookie, too.
    environment.deploy(environment.version("2"), policy=Policy.ROLLING)
    host, cookie = visit("")
    assert {visit(cookie)[0] for _ in range(8)} == {host}
    environment.configure(deployment, sticky_seconds=0)
    assert visit("")[1] == ""
