"""Production's logs: JSON lines with one request id in nginx, gunicorn and Django."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.recipe.conftest import Shop, docker
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

ACCESS = ("nginx.access", "gunicorn.access")


def lines(shop: Shop, service: str) -> list[dict[str, Any]]:
    """The parsed log of a container."""
    return [json.loads(line) for line in docker("logs", shop.container("prod", service)).splitlines()]


def identity(url: str) -> str:
    """Send a request and return the id in its answer."""
    try:
        with urllib.request.urlopen(url, timeout=120) as response:
            return str(response.headers["X-Request-ID"])
    except urllib.error.HTTPError as error:
        return str(error.headers["X-Request-ID"])


def of(shop: Shop, request: str, *loggers: str) -> dict[str, dict[str, Any]]:
    """Wait until these loggers have written about a request; return its lines by logger."""

    def by_logger() -> dict[str, dict[str, Any]]:
        written = [*lines(shop, "nginx"), *lines(shop, "django")]
        return {line["logger"]: line for line in written if line["request_id"] == request}

    eventually(lambda: set(loggers) <= set(by_logger()))
    return by_logger()


def test_request_has_one_id_in_nginx_and_gunicorn(shop: Shop, production: str) -> None:
    logged = of(shop, identity(f"{production}?token=hidden"), *ACCESS)

    assert set(logged) == set(ACCESS)
    assert {(line["method"], line["path"], line["status"]) for line in logged.values()} == {("GET", "/", 200)}
    assert logged["gunicorn.access"]["duration_ms"] > 0
    assert "hidden" not in str(logged)


def test_exception_is_one_line_with_its_traceback(shop: Shop, production: str) -> None:
    logged = of(shop, identity(f"{production}broken/"), "django.request", "nginx.access")

    line = logged["django.request"]
    assert (line["level"], line["status_code"]) == ("ERROR", 500)
    assert "RuntimeError: the reason" in line["traceback"]
    assert logged["nginx.access"]["status"] == 500


def test_unknown_page_is_a_warning_of_the_same_request(shop: Shop, production: str) -> None:
    logged = of(shop, identity(f"{production}nowhere/"), "django.request")
    assert logged["django.request"]["level"] == "WARNING"


def test_health_checks_are_not_logged(shop: Shop, production: str) -> None:
    identity(f"{production}healthz")
    # The log already has a later request.
    of(shop, identity(production), *ACCESS)
    assert [line for line in [*lines(shop, "nginx"), *lines(shop, "django")] if line.get("path") == "/healthz"] == []
