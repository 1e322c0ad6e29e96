"""Client of a running local cloud's control API; `control` serves it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockdj.adapters.beanstalk import control_socket
from dockdj.adapters.beanstalk.control_socket import NoAnswer
from dockdj.localcloud.state.settings import Settings


@dataclass(frozen=True)
class Pulse:
    """Sign of life of a server."""

    pid: int
    busy: int
    """Jobs that run or wait."""
    port: int
    """The port of 127.0.0.1 on which this server listens."""


def endpoint(settings: Settings) -> str:
    """The URL of the cloud with these settings."""
    return f"http://127.0.0.1:{settings.port}"


def ping(folder: Path) -> Pulse | None:
    """The sign of life of the server of this state folder, or None if it does not run."""
    try:
        answer = control_socket.ask(folder, "GET", "ping")
    except NoAnswer:
        return None
    return Pulse(int(answer["pid"]), int(answer["busy"]), int(answer["port"]))


def status(folder: Path) -> dict[str, Any]:
    """The overview of all environments. Raises NoAnswer if no server answers."""
    return control_socket.ask(folder, "GET", "status")


def shut_down(folder: Path) -> None:
    """Ask the server to end. Raises NoAnswer if no server answers."""
    control_socket.ask(folder, "POST", "shutdown")
