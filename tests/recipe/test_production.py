"""The production images on this machine: nginx in front of gunicorn, as deployed."""

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.recipe.conftest import Shop, docker, get, serves
from tests.support import runs
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]


@pytest.fixture
def network() -> Iterator[str]:
    """A Docker network for containers that the tests start."""
    name = runs.name("dockdj-test-")
    docker("network", "create", name)
    yield name
    docker("network", "rm", name)


def test_nginx_serves_the_page_and_its_static_files(production: str) -> None:
    status, page = get(production)
    assert (status, "<h1>Hello from shop-" in page) == (200, True)

    style = re.search(r'href="(/static/base/main\.[0-9a-f]{12}\.css)"', page)
    assert style
    status, css = get(production + style[1].lstrip("/"))
    assert status == 200
    assert "color-scheme" in css


def test_health_check_passes_through_nginx_to_the_database(production: str) -> None:
    status, body = get(f"{production}healthz", Host="10.0.0.9")
    assert (status, json.loads(body)) == (200, {"status": "ok", "release": "", "record": ""})
    assert json.loads(get(f"{production}readyz")[1])["database"] == "ok"


def test_unknown_host_is_refused(production: str) -> None:
    assert get(production, Host="elsewhere.example")[0] == 400


def test_form_is_accepted_on_a_non_standard_port(production: str) -> None:
    # Django compares Origin with Host. A proxy that drops the port breaks every form.
    origin = production.rstrip("/")
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = browser.open(f"{production}admin/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = urlencode({"csrfmiddlewaretoken": token[1], "username": "nobody", "password": "wrong"}).encode()
    answer = browser.open(urllib.request.Request(f"{production}admin/login/", form, {"Origin": origin}))
    assert "Please enter the correct username and password" in answer.read().decode()


def test_gunicorn_receives_the_signals_and_logs_no_errors(shop: Shop, production: str) -> None:
    command = docker("exec", shop.container("prod", "django"), "cat", "/proc/1/cmdline").split("\0")
    # No shell in between keeps the signals.
    assert re.match("python", Path(command[0]).name) and Path(command[1]).name == "gunicorn", command
    logged = [json.loads(line) for line in docker("logs", shop.container("prod", "django")).splitlines()]
    assert [
        line for line in logged if line["level"] in ("ERROR", "CRITICAL") and line["logger"] == "gunicorn.error"
    ] == []


def test_nginx_finds_a_replaced_django(shop: Shop, production: str) -> None:
    old, network = shop.container("prod", "django"), f"{shop.name}-prod_default"
    environment = docker("inspect", "-f", "{{range .Config.Env}}{{println .}}{{end}}", old).splitlines()
    docker("stop", old)
    # Another container takes the address that nginx knows.
    squatter = docker("run", "-d", "--rm", "--network", network, "postgres:17", "sleep", "3600")
    variables = [word for line in environment for word in ("-e", line)]
    image = f"{shop.name}/django:prod"
    new = docker("run", "-d", "--network", network, "--network-alias", "django", *variables, image)
    try:
        eventually(lambda: serves(production))
    finally:
        docker("rm", "-f", new, squatter)
        docker("start", old)
    eventually(lambda: serves(production))


def test_nginx_starts_before_django_exists(shop: Shop, production: str, network: str) -> None:
    image = f"{shop.name}/nginx:prod"
    options = ("--network", network, "--read-only", "--tmpfs", "/tmp", "-p", "127.0.0.1::8000")
    container = docker("run", "-d", *options, image)
    try:
        url = f"http://{docker('port', container, '8000').splitlines()[0]}/"
        eventually(lambda: get(f"{url}nginx-healthz")[0] == 204)
        assert get(url)[0] == 502
    finally:
        docker("rm", "-f", container)


def test_each_server_keeps_connections_longer_than_its_client(shop: Shop, production: str) -> None:
    """AWS's load balancer keeps an idle connection for 60 s."""
    container = shop.container("prod", "django")
    gunicorn = gunicorn_settings(container)
    nginx = docker("exec", shop.container("prod", "nginx"), "cat", "/etc/nginx/nginx.conf")
    idle = re.search(r"keepalive_timeout (\d+)s;", nginx)
    grace = int(docker("inspect", "-f", "{{.Config.StopTimeout}}", container))

    assert idle and int(idle[1]) > 60
    assert int(gunicorn["keepalive"]) > 60
    assert int(gunicorn["graceful_timeout"]) < grace


def test_gunicorn_workers_do_not_depend_on_the_number_of_processors(shop: Shop, production: str) -> None:
    container = shop.container("prod", "django")
    # Python then reports this number of processors (documentation of `-X cpu_count`).
    settings = gunicorn_settings(container, PYTHON_CPU_COUNT="7", WEB_CONCURRENCY="", WEB_THREADS="")
    assert (settings["workers"], settings["threads"]) == ("2", "4")
    settings = gunicorn_settings(container, WEB_CONCURRENCY="3", WEB_THREADS="5")
    assert (settings["workers"], settings["threads"]) == ("3", "5")


def gunicorn_settings(container: str, **variables: str) -> dict[str, str]:
    """The settings of gunicorn with these variables."""
    options = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
    asked = ("/start.sh", "gunicorn", "--print-config", "-c", "/etc/gunicorn/gunicorn.conf.py", "project.wsgi")
    printed = docker("exec", *options, container, *asked)
    return dict(re.findall(r"^(\w+)\s+= (.*)$", printed, re.MULTILINE))
