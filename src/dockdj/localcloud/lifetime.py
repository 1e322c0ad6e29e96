"""The local cloud comes up and goes down: services, server, the machines of its environments."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockdj.adapters import shell
from dockdj.errors import CommandFailed, TimedOut
from dockdj.events import Report, Warned, silent, step
from dockdj.localcloud.fleet import engine, names
from dockdj.localcloud.fleet.images import ensure_image
from dockdj.localcloud.fleet.network import free_port
from dockdj.localcloud.fleet.operations import Operations
from dockdj.localcloud.fleet.services import ensure_services, remove_cloud
from dockdj.localcloud.http import client
from dockdj.localcloud.state import ownership
from dockdj.localcloud.state.settings import Settings, cloud_id, load, save, with_port

START_SECONDS = 90
RESTART_SECONDS = 600
STOP_SECONDS = 30
POLL_SECONDS = 0.1
LOG = "server.log"
LOG_LINES = 20


@dataclass(frozen=True)
class Running:
    """A local cloud that answers."""

    settings: Settings
    registry: str
    """host:port"""
    pid: int


def up(folder: Path, report: Report = silent) -> Running:
    """Bring the cloud of this state folder up; one that is up stays as it is.

    Raises MissingTool without Docker, CommandFailed when the server ends at once, TimedOut when it does not answer.
    """
    with ownership.alone(folder, ownership.COMMAND, wait=True):
        for kind in ("instance", "balancer"):
            ensure_image(kind, report)
        with ownership.alone(ownership.shared_folder(), ownership.PORTS, wait=True):
            services = ensure_services(cloud_id(folder), report)
            settings = load(folder)
            found = client.status(settings)
            if found is None:
                settings = _free(settings, report)
                save(folder, settings)
                with step(report, "Starting the server"):
                    _start(folder, settings)
        if found is None:
            found = _settled(settings, report)
        return Running(settings, services.registry, int(found["pid"]))


def down(folder: Path, report: Report = silent) -> None:
    """Stop server and containers; databases, images, objects and environments are kept for the next `up`."""
    with ownership.alone(folder, ownership.COMMAND, wait=True):
        _stop_server(folder, report)
        identity = cloud_id(folder)
        with step(report, "Stopping containers"):
            Operations(identity).stop()
            if rest := [one.name for one in engine.containers({names.CLOUD: identity}) if one.running]:
                engine.docker("stop", *rest)


def reset(folder: Path, report: Report = silent) -> None:
    """Remove everything of the cloud but its keys and port: environments, databases, images, objects."""
    with ownership.alone(folder, ownership.COMMAND, wait=True):
        _stop_server(folder, report)
        with step(report, "Removing containers, volumes and networks"):
            remove_cloud(cloud_id(folder))
        for name in ("s3", "bundles"):
            shutil.rmtree(folder / name, ignore_errors=True)
        for path in folder.glob("state.sqlite*"):
            path.unlink()


def _free(settings: Settings, report: Report) -> Settings:
    port = free_port(settings.port)
    if port != settings.port:
        report(Warned(f"port {settings.port} is taken: the local cloud listens on {port} instead"))
    return with_port(settings, port)


def _start(folder: Path, settings: Settings) -> None:
    log = folder / LOG
    argv = [sys.executable, "-m", "dockdj.localcloud.http.server", "--state", str(folder), "--port", str(settings.port)]
    pid = shell.detach(argv, log)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if client.status(settings) is not None:
            return
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
            raise CommandFailed(
                f"the server of the local cloud ended with status {status}:\n{last}", hint=f"less {log}"
            )
        time.sleep(POLL_SECONDS)
    raise TimedOut(f"the server of the local cloud did not answer within {START_SECONDS} s", hint=f"less {log}")


def _settled(settings: Settings, report: Report) -> dict[str, Any]:
    """The overview once the environments that ran before run again."""
    found = client.ask(settings, "GET", "status")
    if not found["busy"]:
        return found
    with step(report, "Starting the environments again"):
        until = time.monotonic() + RESTART_SECONDS
        while found["busy"] and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
            found = client.ask(settings, "GET", "status")
    for environment in found["environments"]:
        if environment["color"] != "Green":
            report(Warned(f"environment {environment['name']} is {environment['health']}: see its events"))
    return found


def _stop_server(folder: Path, report: Report) -> None:
    settings = load(folder)
    found = client.status(settings)
    if found is None:
        return
    busy = [one["name"] for one in found["environments"] if one["status"] != "Ready"]
    if busy:
        report(Warned(f"an operation on {', '.join(busy)} is cut off"))
    with step(report, "Stopping the server"):
        client.ask(settings, "POST", "shutdown")
        until = time.monotonic() + STOP_SECONDS
        while ownership.held(folder, ownership.SERVER):
            if time.monotonic() > until:
                raise TimedOut(f"the server of the local cloud (process {found['pid']}) does not end")
            time.sleep(POLL_SECONDS)
