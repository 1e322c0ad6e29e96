"""Requests per second, beside the essay's gunicorn and beside Django serving files. One machine asks and answers."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks import project, table
from benchmarks.project import Measured, output, until_answers

WRK = "dockdj-testbed/wrk"
SECONDS = 4
CONNECTIONS = 32
ROUNDS = 3
# What a project without nginx or WhiteNoise does: files through a view.
NAIVE = """
from django.conf import settings
from django.urls import re_path
from django.views.static import serve

urlpatterns += [re_path("^naive/(?P<path>.*)$", serve, {"document_root": settings.STATIC_ROOT})]
"""
# The essay's workers: five processes with one request each. All else is as in ours, so that nothing else is measured.
ESSAY = ["gunicorn", "--config", "/etc/gunicorn/gunicorn.conf.py", "--worker-class", "sync", "--workers", "5"]
ESSAY += ["project.wsgi:application"]


def measure() -> None:
    output("docker", "build", "--quiet", "--tag", WRK, str(Path(__file__).with_name("wrk")))
    with project.made() as made:
        file = made.root / "app/project/urls.py"
        file.write_text(file.read_text().replace('"""\n', '"""\n# ruff: noqa\n', 1) + NAIVE)
        try:
            url = json.loads(made.dockdj("--json", "start", "prod", "--port", "18700"))["data"]["url"]
            style = re.search(r'href="(/static/[^"]+\.css)"', output("curl", "--silent", "--fail", url))
            assert style
            with essay(made):
                pages(made)
            files(made, style[1])
        finally:
            made.dockdj("stop", "prod")
            output("docker", "volume", "rm", "--force", f"{made.name}-prod_postgres")


def pages(made: Measured) -> None:
    """The first page, through nginx and without it, at two numbers of clients."""
    for connections in (CONNECTIONS, 4):
        for what, ours, theirs in (
            ("through nginx", "http://nginx:8000/", "http://essay-nginx:8000/"),
            ("straight from gunicorn", "http://django:8080/", "http://essay:8080/"),
        ):
            figures = alternating(made, ours, theirs, connections)
            goal = "≥ 1.3" if (what, connections) == ("through nginx", CONNECTIONS) else ""
            table.rate(
                f"a page {what}, {connections} clients", figures[0], "gunicorn sync, 5 processes", figures[1], goal
            )


def files(made: Measured, path: str) -> None:
    """The page's stylesheet, by nginx and by Django."""
    nginx = f"http://nginx:8000{path}"
    naive = f"http://django:8080{path.replace('/static/', '/naive/')}"
    for what, url, goal in (("a view of Django", naive, "≥ 10"), ("WhiteNoise", f"http://django:8080{path}", "")):
        ours, theirs = alternating(made, nginx, url, CONNECTIONS)
        table.rate("a static file from nginx", ours, what, theirs, goal)


def alternating(made: Measured, ours: str, theirs: str, connections: int) -> tuple[float, float]:
    """Median requests per second of two addresses, asked in turn; once before, so that both are warm."""
    rates: dict[str, list[float]] = {ours: [], theirs: []}
    for _ in range(ROUNDS + 1):
        for url, found in rates.items():
            found.append(requests_per_second(made, url, connections))
    return median(rates[ours][1:]), median(rates[theirs][1:])


def requests_per_second(made: Measured, url: str, connections: int) -> float:
    """Every answer must be a good one. Raises AssertionError otherwise."""
    load = ["--threads", "1", "--connections", str(connections), "--duration", str(SECONDS), "--timeout", "20"]
    inside = ["docker", "run", "--rm", "--network", network(made), WRK]
    report = output(*inside, *load, "--header", "Host: localhost", url)
    assert "Non-2xx" not in report, f"{url}: {report}"
    found = re.search(r"Requests/sec:\s+([0-9.]+)", report)
    assert found, report
    return float(found[1])


@contextmanager
def essay(made: Measured) -> Iterator[None]:
    """The same images with the essay's gunicorn, beside ours: same database, a network where it is `django`."""
    inner, django, nginx = (f"{made.name}-essay-{name}" for name in ("network", "django", "nginx"))
    run = ["docker", "run", "--detach", "--read-only", "--tmpfs", "/tmp", "--network", inner]
    output("docker", "network", "create", inner)
    try:
        env_file = ["--env-file", str(made.root / "environments/prod/.env")]
        image = f"{made.name}/django:prod"
        output(*run, "--name", django, "--network-alias", "django", *env_file, image, *ESSAY)
        output("docker", "network", "connect", "--alias", "essay", network(made), django)
        output(*run, "--name", nginx, "--publish", "127.0.0.1::8000", f"{made.name}/nginx:prod")
        output("docker", "network", "connect", "--alias", "essay-nginx", network(made), nginx)
        until_answers(f"http://{output('docker', 'port', nginx, '8000').split()[0]}/")
        yield
    finally:
        for container in (nginx, django):
            output("docker", "rm", "--force", "--volumes", container)
        output("docker", "network", "rm", inner)


def network(made: Measured) -> str:
    """The network that Compose made for the project's production."""
    return f"{made.name}-prod_default"
