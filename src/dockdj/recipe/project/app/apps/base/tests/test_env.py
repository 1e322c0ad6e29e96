"""Settings come from environment variables; every mistake is named at once."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from project.env import Environment


def mistakes(env: Environment) -> list[str]:
    """What `verify` says, a line each."""
    with pytest.raises(ImproperlyConfigured) as caught:
        env.verify()
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def test_all_mistakes_are_reported_at_once():
    env = Environment({"FLAG": "maybe", "EMPTY": " ", "LEVEL": "loud", "CDN": "a.example", "HSTS": "x", "THREADS": "0"})
    env.text("GONE")
    env.text("EMPTY")
    env.flag("FLAG", default=True)
    env.level("LEVEL", default="INFO")
    env.server("CDN", default="")
    env.number("HSTS", default=1)
    env.number("THREADS", default=4, least=1)

    assert mistakes(env) == [
        "GONE is missing",
        "EMPTY is missing",
        "FLAG must be true or false, not 'maybe'",
        "LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'LOUD'",
        "CDN must have scheme and host (https://cdn.example.com/), not 'a.example'",
        "HSTS must be a whole number, 0 or more, not 'x'",
        "THREADS must be a whole number, 1 or more, not '0'",
    ]


def test_what_is_empty_has_its_default():
    env = Environment({"CDN": "", "LEVEL": " ", "THREADS": ""})

    found = (env.server("CDN", default=""), env.level("LEVEL", default="INFO"), env.number("THREADS", 4, least=1))
    env.verify()

    assert found == ("", "INFO", 4)


@pytest.mark.parametrize("address", ["//cdn.example", "https://", "https://:8010", "ftp://cdn.example", "http://[x"])
def test_a_server_has_scheme_and_host(address):
    env = Environment({"CDN": address})
    env.server("CDN", default="")
    assert len(mistakes(env)) == 1


def test_a_database_url_becomes_a_database():
    database = Environment({"URL": "postgres://me:p%40ss@db:5433/shop?sslmode=require"}).database("URL")

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["USER"], database["PASSWORD"]) == ("me", "p@ss")
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db", "5433", "shop")
    assert database["OPTIONS"]["sslmode"] == "require"


@pytest.mark.parametrize("place", ["localhost/shop", "/shop?host=/run/postgresql", "/?service=shop"])
def test_a_database_is_at_a_host_or_where_libpq_is_told(place):
    env = Environment({"URL": f"postgres://{place}"})
    assert env.database("URL")["ENGINE"] == "django.db.backends.postgresql"
    env.verify()


@pytest.mark.parametrize(
    ("place", "host", "port"),
    [
        ("%2Fvar%2Frun%2Fpostgresql", "/var/run/postgresql", ""),
        ("%2FRun%2Fpg:5433", "/Run/pg", "5433"),
        ("h1:5432,h2:5433", "h1,h2", "5432,5433"),
        ("h1,h2:5433", "h1,h2", ",5433"),
        ("h1,h2", "h1,h2", ","),
        ("[::1]:5433", "::1", "5433"),
        ("[fe80::1%25eth0]", "fe80::1%eth0", ""),
    ],
)
def test_a_place_is_read_as_libpq_reads_it(place, host, port):
    database = Environment({"URL": f"postgres://u:p@{place}/app"}).database("URL")
    assert (database["HOST"], database["PORT"], database["NAME"]) == (host, port, "app")
    assert (database["USER"], database["PASSWORD"]) == ("u", "p")


@pytest.mark.parametrize(
    ("encoded", "password"),
    [("a+b", "a+b"), ("a%2Bb", "a+b"), ("a%25b", "a%b"), ("%40%3A%2F%3F%23%20", "@:/?# "), ("a:b", "a:b"), ("", "")],
)
def test_a_password_arrives_whole(encoded, password):
    database = Environment({"URL": f"postgres://u:{encoded}@db/app?application_name={encoded}x"}).database("URL")
    assert database["PASSWORD"] == password
    assert database["OPTIONS"]["application_name"] == f"{password}x"


@pytest.mark.parametrize(
    ("path", "name"),
    [(":memory:", ":memory:"), ("shop.db", "shop.db"), ("/a/b.db", "/a/b.db"), ("my%20shop%23.db", "my shop#.db")],
)
def test_a_database_may_be_a_file(path, name):
    assert Environment({"URL": f"sqlite:///{path}"}).database("URL")["NAME"] == name


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:hidden@db/shop",
        "postgres://me:hid/den@db:5432/shop",
        "postgres://me:11/hidden@db:5432/shop",
        "postgres://me:11/hidden@db",
        "postgres://me:11?hidden@db/shop",
        "postgres://me:hid#den@db/shop",
        "postgres://me:hidden[x@db/shop",
        "postgres://me:hidden@db:port/shop",
        "postgres://me:hidden@/shop",
        "postgres://me:hidden@db/",
        "postgres://me:hid%den@db/shop",
        "postgres://me:hid%00den@db/shop",
        "postgres://me:hid%ffden@db/shop",
        "postgres://me:hidden@h1:1:2,h2/shop",
        "postgres://me:hidden@h1:0/shop",
        "postgres://me:hidden@h1:65536/shop",
        "postgres://me:hidden@h1,/shop",
        "postgres://me:hidden@db/shop?sslmode",
        "sqlite:///",
        "sqlite:///hid#den.db",
        "sqlite:///hidden.db?mode=ro",
        "sqlite://hidden/shop.db",
        "hidden",
    ],
)
def test_a_wrong_database_url_does_not_show_its_password(url):
    env = Environment({"URL": url})
    assert env.database("URL") == {}

    said = mistakes(env)

    assert len(said) == 1
    assert "special characters percent-encoded" in said[0]
    assert "hid" not in said[0] and "den" not in said[0]
