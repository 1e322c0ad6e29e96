"""How production's containers end: at once when idle, after the last answer when not; and what their children leave."""

import time
from threading import Thread

import pytest

from tests.recipe.conftest import Shop, docker, eventually, get, serves

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

# The states of all processes of a container, as the kernel abbreviates them; Z is a zombie (proc(5), "stat").
STATES = "for stat in /proc/[0-9]*/stat; do sed 's/.*) \\(.\\).*/\\1/' $stat 2>/dev/null; done"


def stop(container: str) -> tuple[float, str]:
    """Stop a container; how long that took and its exit code."""
    started = time.monotonic()
    docker("stop", container)
    return time.monotonic() - started, docker("inspect", "-f", "{{.State.ExitCode}}", container)


@pytest.mark.parametrize("service", ["django", "nginx", "postgres"])
def test_an_idle_container_stops_at_once_and_cleanly(shop: Shop, production: str, service: str) -> None:
    container = shop.container("prod", service)
    seconds, code = stop(container)
    docker("start", container)
    eventually(lambda: serves(f"{production}readyz"))
    assert code == "0"
    assert seconds < 5


def test_a_request_of_ten_seconds_is_answered_by_a_django_that_was_told_to_stop(shop: Shop, production: str) -> None:
    container = shop.container("prod", "django")
    answers: list[tuple[int, str]] = []
    client = Thread(target=lambda: answers.append(get(f"{production}slow/?seconds=10")))
    client.start()
    time.sleep(1)
    seconds, code = stop(container)
    client.join()
    docker("start", container)
    eventually(lambda: serves(production))

    assert answers == [(200, "slow but complete")]
    assert code == "0"
    assert 8 < seconds < 15


def test_processes_whose_parent_is_gone_leave_no_zombies(shop: Shop, production: str) -> None:
    container = shop.container("prod", "django")
    before = docker("exec", container, "sh", "-c", STATES).split()

    for _ in range(50):
        assert get(f"{production}orphan/") == (200, "left")

    def ended() -> bool:
        return len(docker("exec", container, "sh", "-c", STATES).split()) <= len(before)

    eventually(ended)
    assert "Z" not in docker("exec", container, "sh", "-c", STATES)


def test_stopping_loses_no_request_under_way_and_keeps_the_data(shop: Shop, production: str) -> None:
    answers: list[tuple[int, str]] = []
    clients = [Thread(target=lambda: answers.append(get(f"{production}slow/"))) for _ in range(4)]
    for client in clients:
        client.start()
    time.sleep(1)
    stopped = shop.dockdj("stop", "prod")
    for client in clients:
        client.join()

    assert stopped.returncode == 0
    assert answers == [(200, "slow but complete")] * 4
    assert docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={shop.name}-prod") == ""
    assert docker("volume", "ls", "-q", "--filter", f"name={shop.name}-prod_postgres") != ""
    # The same port again, and a release process that finds nothing to do.
    port = production.rstrip("/").rpartition(":")[2]
    again = shop.dockdj("start", "prod", "--detach", "--verbose", "--port", port)
    assert again.returncode == 0, again.stderr
    assert "No migrations to apply" in again.stderr
