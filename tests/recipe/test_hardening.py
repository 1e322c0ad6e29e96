"""The permissions of production's containers, and the security headers of their answers."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection

import pytest

from tests.recipe.conftest import Shop, docker, get, serves
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; redirects are not followed."""

    status: int
    headers: dict[str, str]
    body: str


def ask(url: str, path: str, **headers: str) -> Answer:
    """Request a path without following redirects."""
    connection = HTTPConnection(url.split("/")[2], timeout=120)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    found = {name.lower(): text for name, text in response.getheaders()}
    return Answer(response.status, found, response.read().decode(errors="replace"))


@pytest.mark.parametrize("service", ["django", "nginx"])
def test_container_is_read_only_and_has_no_privileges(shop: Shop, production: str, service: str) -> None:
    container = json.loads(docker("inspect", shop.container("prod", service)))[0]
    host = container["HostConfig"]

    assert container["Config"]["User"] == "10001:10001"
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Memory"] == {"django": 512, "nginx": 128}[service] * 1024 * 1024
    assert [mount for mount in container["Mounts"] if mount["Type"] != "tmpfs"] == []
    status = docker("exec", shop.container("prod", service), "cat", "/proc/1/status")
    assert re.search(r"^CapBnd:\s0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s1$", status, re.MULTILINE)


@pytest.mark.parametrize("module", ["werkzeug", "django_extensions", "pytest", "pip"])
def test_production_has_no_debugger_and_no_tools(shop: Shop, production: str, module: str) -> None:
    output = docker("exec", shop.container("prod", "django"), "sh", "-c", f"python -c 'import {module}' 2>&1 || true")
    assert f"No module named '{module}'" in output


@pytest.mark.parametrize("service", ["django", "nginx"])
def test_health_check_is_in_the_compose_file_and_not_in_the_image(shop: Shop, production: str, service: str) -> None:
    """A worker would inherit the image's health check, and ECS ignores it."""
    assert docker("image", "inspect", "-f", "{{.Config.Healthcheck}}", f"{shop.name}/{service}:prod") == "<nil>"
    health = ("inspect", "-f", "{{.State.Health.Status}}", shop.container("prod", service))
    eventually(lambda: docker(*health) == "healthy")


def test_nginx_has_two_processes_whatever_the_number_of_processors(shop: Shop, production: str) -> None:
    nginx = shop.container("prod", "nginx")
    asked = re.search(r"^worker_processes (\d+);", docker("exec", nginx, "cat", "/etc/nginx/nginx.conf"), re.MULTILINE)
    assert asked and asked[1] == "2"
    titles = ("exec", nginx, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'")
    # A worker sets its title after its start.
    eventually(lambda: docker(*titles).count("nginx: worker process") == 2)


def test_command_in_the_container_reaches_the_database(shop: Shop, production: str) -> None:
    manage = ("exec", shop.container("prod", "django"), "python", "manage.py")
    assert "no issues" in docker(*manage, "check", "--database", "default")
    assert docker(*manage, "migrate", "--check") == ""


def test_pages_have_restrictive_security_headers(production: str) -> None:
    headers = ask(production, "/").headers
    policy = headers["content-security-policy"]

    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "/" not in headers["server"]


def test_admin_and_its_styles_come_through_nginx(production: str) -> None:
    page = ask(production, "/admin/login/")
    assert page.status == 200
    styles = re.findall(r'<link rel="stylesheet" href="(/static/admin/[^"]+)"', page.body)
    assert len(styles) >= 3
    for address in styles:
        style = ask(production, address)
        assert (style.status, style.headers["content-type"]) == (200, "text/css")
        assert "x-request-id" not in style.headers  # Django was not asked.


def test_hashed_files_are_cached_for_a_year_and_others_are_revalidated(production: str) -> None:
    hashed = re.search(r'href="(/static/base/main\.[0-9a-f]{12}\.css)"', get(production)[1])
    assert hashed
    assert ask(production, hashed[1]).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert ask(production, "/static/base/main.css").headers["cache-control"] == "public, max-age=300"
    packed, plain = ask(production, hashed[1], Accept_Encoding="gzip"), ask(production, hashed[1])
    assert (packed.headers["content-encoding"], "content-encoding" in plain.headers) == ("gzip", False)
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


def test_error_pages_are_styled_and_reveal_nothing(production: str) -> None:
    for path, status, words in (("/nowhere/", 404, "Page not found"), ("/broken/", 500, "Something went wrong")):
        page = ask(production, path)
        assert page.status == status
        assert f"<h1>{words}</h1>" in page.body
        assert "the reason" not in page.body and "Traceback" not in page.body
        style = re.search(r'<link rel="stylesheet" href="([^"]+)"', page.body)
        assert style and ask(production, style[1]).status == 200


@pytest.fixture(scope="module")
def behind_tls(shop: Shop, production: str) -> Iterator[str]:
    """The same images with ENV_HTTPS true, as behind a load balancer that terminates TLS."""
    network = docker("network", "create", f"{shop.name}-tls")
    readonly = ("--read-only", "--tmpfs", "/tmp", "--network", network)
    settings = ("--env-file", str(shop.root / "environments/prod/.env"), "-e", "ENV_HTTPS=true")
    django = docker(
        "run", "-d", *readonly, *settings, "--network-alias", "django", f"{shop.name}/django:prod"
    )  # fmt: skip
    nginx = docker("run", "-d", *readonly, "-p", "127.0.0.1::8000", f"{shop.name}/nginx:prod")
    try:
        url = f"http://{docker('port', nginx, '8000').splitlines()[0]}/"
        eventually(lambda: serves(f"{url}healthz"))
        yield url
    finally:
        docker("rm", "-f", nginx, django)
        docker("network", "rm", network)


def test_protocol_header_of_the_load_balancer_reaches_django(behind_tls: str) -> None:
    secure = ask(behind_tls, "/admin/login/", X_Forwarded_Proto="https")
    assert secure.status == 200
    assert secure.headers["strict-transport-security"] == "max-age=3600"
    cookie = secure.headers["set-cookie"]
    assert cookie.startswith("__Host-csrftoken=") and "; Secure" in cookie and "Path=/" in cookie

    plain = ask(behind_tls, "/")
    assert (plain.status, plain.headers["location"][:8]) == (301, "https://")


def test_health_check_is_answered_without_tls(behind_tls: str) -> None:
    assert ask(behind_tls, "/healthz", Host="10.0.0.9").status == 200
    assert ask(behind_tls, "/", Host="10.0.0.9").status in (301, 400)
