"""Settings from environment variables, and from nowhere else. Mistakes are reported all at once."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
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

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        value = self.text(name, str(default))
        if not value.isdecimal():
            self._mistakes.append(f"{name} must be a whole number, not {value!r}")
            return default
        return int(value)

    def names(self, name: str, default: str | None = None) -> list[str]:
        """A list separated by commas."""
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def database(self, name: str) -> dict[str, Any]:
        """A database from its URL: postgres://USER:PASSWORD@HOST:PORT/NAME?OPTION=VALUE or sqlite:///PATH."""
        url = self.text(name)
        parts = urlsplit(url)
        if parts.scheme in ("postgres", "postgresql"):
            return {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": unquote(parts.path.removeprefix("/")),
                "USER": unquote(parts.username or ""),
                "PASSWORD": unquote(parts.password or ""),
                "HOST": parts.hostname or "",
                "PORT": str(parts.port or ""),
                "CONN_MAX_AGE": 60,
                "CONN_HEALTH_CHECKS": True,
                "OPTIONS": {"connect_timeout": CONNECT_SECONDS, **dict(parse_qsl(parts.query))},
            }
        if parts.scheme == "sqlite":
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": parts.path.removeprefix("/")}
        if url:
            # The value holds a password: it is not shown.
            self._mistakes.append(f"{name} must start with postgres:// or sqlite:///")
        return {}

    def verify(self) -> None:
        """Raise WrongEnvironment when anything read so far was missing or wrong."""
        if self._mistakes:
            lines = "".join(f"\n  {mistake}" for mistake in self._mistakes)
            raise WrongEnvironment(f"the environment is not as environments/*/.env.example says:{lines}")
