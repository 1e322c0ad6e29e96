"""The addresses that load balancers ask."""

import pytest
from django.db import OperationalError, connection


def test_healthz_answers_any_host_over_http_and_names_the_release(client, settings, monkeypatch):
    settings.SECURE_SSL_REDIRECT = True
    monkeypatch.setenv("DOCKDJ_RELEASE", "1.2.3")
    monkeypatch.setenv("DOCKDJ_RECORD", "sha256:abc")

    response = client.get("/healthz", headers={"host": "10.0.0.7"})

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "release": "1.2.3", "record": "sha256:abc"}


def test_any_other_page_refuses_an_unknown_host(client):
    assert client.get("/", headers={"host": "10.0.0.7"}).status_code == 400


@pytest.mark.django_db
def test_readyz_asks_the_database(client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json()["database"] == "ok"


def test_readyz_says_that_the_database_is_away(client, monkeypatch):
    def away():
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", away)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": "OperationalError"}
