"""Settings from environment variables, and from nowhere else. Mistakes are reported all at once."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DATABASE = (
    "postgres://USER:PASSWORD@HOST:PORT/NAME?OPTION=VALUE or sqlite:///PATH, "
    "with special characters percent-encoded: / as %2F, # as %23"
)
CONNECT_SECONDS = "5"
ADDRESS = re.compile(r"(?:\[(?P<ipv6>[^\s\[\]]+)\]|(?P<host>[^\s:\[\]]*))(?::(?P<port>[0-9]{0,5}))?")
WRONG_PERCENT = re.compile("%(?:00|(?![0-9A-Fa-f]{2}))")


class WrongEnvironment(ImproperlyConfigured):
    """Variables are missing or wrong; the text names all of them."""


class Environment:
    """Reads variables and remembers what is wrong with them until `verify`."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._mistakes: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """A variable's text. Empty counts as missing; without a default it is required."""
        value = self._values.get(name, "").strip() or default
        if value is None:
            self._mistakes.append(f"{name} is missing")
            return ""
        return value

    def flag(self, name: str, default: bool) -> bool:
        """A yes or a no."""
        value = self.text(name, str(default)).lower()
        if value not in TRUE | FALSE:
            self._mistakes.append(f"{name} must be true or false, not {value!r}")
        return value in TRUE

    def number(self, name: str, default: int, least: int = 0) -> int:
        """A whole number, `least` or more."""
        value = self.text(name, str(default))
        if not value.isdecimal() or int(value) < least:
            self._mistakes.append(f"{name} must be a whole number, {least} or more, not {value!r}")
            return default
        return int(value)

    def names(self, name: str, default: str | None = None) -> list[str]:
        """A list separated by commas."""
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def level(self, name: str, default: str) -> str:
        """A level of log lines, in capitals."""
        value = self.text(name, default).upper()
        if value not in LEVELS:
            self._mistakes.append(f"{name} must be one of {', '.join(LEVELS)}, not {value!r}")
            return default
        return value

    def server(self, name: str, default: str) -> str:
        """The address of a server, with scheme and host, or empty."""
        value = self.text(name, default)
        if value and not is_server(value):
            self._mistakes.append(f"{name} must have scheme and host (https://cdn.example.com/), not {value!r}")
            return default
        return value

    def database(self, name: str) -> dict[str, Any]:
        """Django's settings for the database at a URL, or none when it is missing or wrong."""
        url = self.text(name)
        try:
            return database(urlsplit(url)) if url else {}
        except ValueError:
            # Neither the value, which holds a password, nor what Python says of it, which quotes pieces.
            self._mistakes.append(f"{name} must be {DATABASE}")
            return {}

    def verify(self) -> None:
        """Raise WrongEnvironment when anything read so far was missing or wrong."""
        if self._mistakes:
            lines = "".join(f"\n  {mistake}" for mistake in self._mistakes)
            raise WrongEnvironment(f"the environment is not as environments/*/.env.example says:{lines}")


def is_server(address: str) -> bool:
    """Whether an address has scheme and host."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def database(url: SplitResult) -> dict[str, Any]:
    """Raises ValueError for what is no database, also for what `/`, `?` or `#` in a password make of a URL."""
    name = text(url.path.removeprefix("/"))
    if url.scheme == "sqlite" and not (url.netloc or url.query or url.fragment) and name:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": name}
    options = dict(option(pair) for pair in url.query.split("&") if pair)
    # At the last @, as urlsplit does: a password may have one unencoded.
    user, _, places = url.netloc.rpartition("@")
    hosts, ports = addresses(places)
    # libpq's other ways to say where: the folder of a Unix socket, an entry of pg_service.conf.
    placed = hosts or {"host", "service"} & options.keys()
    named = "service" in options if name == "" else not {"/", "@"} & set(url.path.removeprefix("/"))
    if url.scheme not in ("postgres", "postgresql") or not placed or not named or url.fragment:
        raise ValueError
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": text(user.partition(":")[0]),
        "PASSWORD": text(user.partition(":")[2]),
        "HOST": hosts,
        "PORT": ports,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": CONNECT_SECONDS, **options},
    }


def addresses(places: str) -> tuple[str, str]:
    """Hosts and ports as libpq wants them, lists with commas; `%2Frun%2Fpostgresql` is the folder of a Unix socket."""
    pairs = [ADDRESS.fullmatch(place) for place in places.split(",")]
    if not all(pairs):
        raise ValueError
    hosts = [text(pair["host"] or pair["ipv6"] or "") for pair in pairs]
    ports = [pair["port"] or "" for pair in pairs]
    if any(port and not 0 < int(port) <= 65535 for port in ports) or (len(hosts) > 1 and not all(hosts)):
        raise ValueError
    return ",".join(hosts), ",".join(ports)


def option(pair: str) -> tuple[str, str]:
    """A parameter of the query. A `+` is a plus here, not a space as in forms."""
    name, equals, value = pair.partition("=")
    if not (name and equals):
        raise ValueError
    return text(name), text(value)


def text(encoded: str) -> str:
    """Percent-encoded text. Raises ValueError where libpq refuses it: a `%` without two digits, %00, no UTF-8."""
    if WRONG_PERCENT.search(encoded):
        raise ValueError
    return unquote(encoded, errors="strict")
