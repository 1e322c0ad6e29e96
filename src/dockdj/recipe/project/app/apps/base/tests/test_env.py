"""Settings come from environment variables; every mistake is named at once."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from project.env import Environment


def test_all_mistakes_are_reported_at_once():
    env = Environment({"FLAG": "maybe", "EMPTY": " "})
    env.text("GONE")
    env.text("EMPTY")
    env.flag("FLAG", default=True)

    with pytest.raises(ImproperlyConfigured) as caught:
        env.verify()

    text = str(caught.value)
    assert "GONE is missing" in text
    assert "EMPTY is missing" in text
    assert "FLAG must be true or false, not 'maybe'" in text


def test_a_database_url_becomes_a_database():
    database = Environment({"URL": "postgres://me:p%40ss@db:5433/shop?sslmode=require"}).database("URL")

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["USER"], database["PASSWORD"]) == ("me", "p@ss")
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db", "5433", "shop")
    assert database["OPTIONS"]["sslmode"] == "require"


def test_a_wrong_database_url_does_not_show_its_password():
    env = Environment({"URL": "mysql://me:hidden@db/shop"})
    env.database("URL")

    with pytest.raises(ImproperlyConfigured, match="URL must start with") as caught:
        env.verify()

    assert "hidden" not in str(caught.value)
