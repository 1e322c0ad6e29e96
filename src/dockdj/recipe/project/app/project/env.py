"""Settings from environment variables, and from nowhere else. Mistakes are reported all at once."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DATABASE = (
    "postgres://USER:PASSWORD@HOST:PORT/NAME?OPTION=VALUE or sqlite:///PATH, "
    "with special characters percent-encoded: / as %2F, # as %23"
)
CONNECT_SECONDS = "5"


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
    if url.scheme == "sqlite" and not url.netloc and url.path not in ("", "/"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.path.removeprefix("/")}
    options = dict(parse_qsl(url.query))
    name, host = url.path.removeprefix("/"), url.hostname or ""
    # libpq's other ways to say where: the folder of a Unix socket, an entry of pg_service.conf.
    placed = host or {"host", "service"} & options.keys()
    named = "service" in options if name == "" else not {"/", "@"} & set(name)
    if url.scheme not in ("postgres", "postgresql") or not placed or not named or url.fragment:
        raise ValueError
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(name),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": host,
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": CONNECT_SECONDS, **options},
    }
