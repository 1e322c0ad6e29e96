"""Client of a running local cloud's control API; `control` serves it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from dockdj.localcloud.state.settings import Settings

PREFIX = "/_dockdj/"
NOT_FOUND = 404


@dataclass(frozen=True)
class Pulse:
    """Sign of life of a server."""

    pid: int
    busy: int
    """Jobs that run or wait."""


def endpoint(settings: Settings) -> str:
    """The URL of the cloud with these settings."""
    return f"http://127.0.0.1:{settings.port}"


def ask(settings: Settings, method: str, path: str, *, timeout: float = 60) -> dict[str, Any]:
    """Send one request to the control API.

    Raises OSError if no server answers, and HTTPError (an OSError) if the server refuses the request, for example
    because it belongs to another cloud and has other keys.
    """
    request = urllib.request.Request(
        f"{endpoint(settings)}{PREFIX}{path}",
        method=method,
        headers={"Authorization": f"Bearer {settings.secret_key}"},
    )
    # Connect directly to this machine, even if the environment names a proxy.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=timeout) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


def ping(settings: Settings) -> Pulse | None:
    """The server's sign of life, or None if this cloud does not run."""
    try:
        answer = _pulse(settings)
    except (OSError, ValueError):
        return None
    return Pulse(int(answer["pid"]), int(answer["busy"]))


def status(settings: Settings) -> dict[str, Any]:
    """The overview of all environments. Raises OSError if no server answers."""
    return ask(settings, "GET", "status")


def _pulse(settings: Settings) -> dict[str, Any]:
    try:
        return ask(settings, "GET", "ping")
    except urllib.error.HTTPError as error:
        # A server that an earlier version of dockdj started has no ping. Its overview has the same members.
        if error.code != NOT_FOUND:
            raise
        return status(settings)
