"""What every answer carries, and the pages for what goes wrong."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from project import urls


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the reason")


urlpatterns = [*urls.urlpatterns, path("broken/", broken)]


def test_an_answer_forbids_what_a_page_does_not_need(client):
    headers = client.get("/").headers

    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert "unsafe" not in str(policy)
    assert (policy["frame-ancestors"], policy["object-src"], policy["base-uri"]) == ("'none'",) * 3
    assert policy["form-action"] == "'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize(("given", "kept"), [("abc-123", True), ('no"quotes', False), ("", False)])
def test_a_request_keeps_the_id_it_was_given_if_logs_can_be_searched_for_it(client, given, kept):
    answered = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]

    assert (answered == given) is kept
    assert answered


def test_an_unknown_page_looks_like_the_others(client):
    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert "<h1>Page not found</h1>" in response.content.decode()


@pytest.mark.urls("apps.base.tests.test_pages")
def test_a_mistake_gives_a_page_without_its_reason(client, settings):
    settings.DEBUG = False
    client.raise_request_exception = False

    response = client.get("/broken/")

    assert response.status_code == 500
    assert "<h1>Something went wrong</h1>" in response.content.decode()
    assert "the reason" not in response.content.decode()


def test_browsers_find_an_icon_where_they_look_for_one(client):
    assert client.get("/favicon.ico").headers["Location"].endswith(".svg")
