"""Talking to a running local cloud through what is ours of it; see `control`."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from dockdj.localcloud.state.settings import Settings

PREFIX = "/_dockdj/"


def endpoint(settings: Settings) -> str:
    """The URL of the cloud with these settings."""
    return f"http://127.0.0.1:{settings.port}"


def ask(settings: Settings, method: str, path: str, *, timeout: float = 60) -> dict[str, Any]:
    """One request. Raises OSError when nobody answers, HTTPError (an OSError) for a refusal: another cloud's keys."""
    request = urllib.request.Request(
        f"{endpoint(settings)}{PREFIX}{path}",
        method=method,
        headers={"Authorization": f"Bearer {settings.secret_key}"},
    )
    # Straight to this machine, whatever proxy the environment names.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=timeout) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


def status(settings: Settings) -> dict[str, Any] | None:
    """The overview, or None when this cloud does not run."""
    try:
        return ask(settings, "GET", "status")
    except (OSError, ValueError):
        return None
