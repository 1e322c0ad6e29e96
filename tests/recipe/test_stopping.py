"""Production's containers stop at once when idle, or after the last answer, and leave no zombies."""

import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.recipe.conftest import Shop, docker, get, serves
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

# Less than gunicorn's graceful_timeout of 30 s and the grace period of 40 s, which a hanging stop would take.
AT_ONCE_SECONDS = 20
# The states of all processes of a container, as the kernel abbreviates them; Z is a zombie (proc(5), "stat").
STATES = "for stat in /proc/[0-9]*/stat; do sed 's/.*) \\(.\\).*/\\1/' $stat 2>/dev/null; done"


def stop(container: str) -> tuple[float, str]:
    """Stop a container; return the seconds it took and its exit code."""
    started = time.monotonic()
    docker("stop", container)
    return time.monotonic() - started, docker("inspect", "-f", "{{.State.ExitCode}}", container)


@pytest.mark.parametrize("service", ["django", "nginx", "postgres"])
def test_idle_container_stops_at_once_and_cleanly(shop: Shop, production: str, service: str) -> None:
    container = shop.container("prod", service)
    seconds, code = stop(container)
    docker("start", container)
    eventually(lambda: serves(f"{production}readyz"))
    assert code == "0"
    assert seconds < AT_ONCE_SECONDS


def waiting(container: str) -> int:
    """The number of requests that wait for the file /tmp/go."""
    return len(docker("exec", container, "find", "/tmp", "-name", "held-*").split())


def start_requests(
    pool: ThreadPoolExecutor, count: int, container: str, production: str
) -> list[Future[tuple[int, str]]]:
    """Start requests that are answered when the file /tmp/go exists."""
    answers = [pool.submit(get, f"{production}held/") for _ in range(count)]
    eventually(lambda: waiting(container) == count)
    return answers


def test_stopping_django_answers_a_request_of_ten_seconds(shop: Shop, production: str) -> None:
    container = shop.container("prod", "django")

    def told() -> int:
        return docker("logs", container).count("Handling signal: term")

    before = told()
    with ThreadPoolExecutor() as pool:
        answers = start_requests(pool, 1, container, production)
        stopped = pool.submit(stop, container)
        eventually(lambda: told() > before)
        time.sleep(10)
        docker("exec", container, "touch", "/tmp/go")
    docker("start", container)
    eventually(lambda: serves(production))

    assert [answer.result() for answer in answers] == [(200, "late but complete")]
    assert stopped.result()[1] == "0"


def test_orphaned_processes_leave_no_zombies(shop: Shop, production: str) -> None:
    container = shop.container("prod", "django")
    before = docker("exec", container, "sh", "-c", STATES).split()

    for _ in range(50):
        assert get(f"{production}orphan/") == (200, "left")

    def ended() -> bool:
        return len(docker("exec", container, "sh", "-c", STATES).split()) <= len(before)

    eventually(ended)
    # The processes of the check itself are zombies for a moment.
    eventually(lambda: "Z" not in docker("exec", container, "sh", "-c", STATES))


def test_stop_loses_no_running_request_and_keeps_the_data(shop: Shop, production: str) -> None:
    django = shop.container("prod", "django")

    def closed() -> bool:
        """Tell if nginx accepts no more connections."""
        try:
            return get(f"{production}nginx-healthz")[0] != 204
        except OSError:
            return True

    with ThreadPoolExecutor() as pool:
        answers = start_requests(pool, 4, django, production)
        stopped = pool.submit(shop.dockdj, "stop", "prod")
        eventually(closed)
        docker("exec", django, "touch", "/tmp/go")

    assert stopped.result().returncode == 0
    assert [answer.result() for answer in answers] == [(200, "late but complete")] * 4
    assert docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={shop.name}-prod") == ""
    assert docker("volume", "ls", "-q", "--filter", f"name={shop.name}-prod_postgres") != ""
    # The same port again, and a release process with nothing to do.
    port = production.rstrip("/").rpartition(":")[2]
    again = shop.dockdj("start", "prod", "--detach", "--verbose", "--port", port)
    assert again.returncode == 0, again.stderr
    assert "No migrations to apply" in again.stderr
