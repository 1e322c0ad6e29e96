"""Start and stop the local cloud: its services, its server and the machines of its environments."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters import shell
from dockdj.adapters.beanstalk import control_socket
from dockdj.errors import CommandFailed, Refused, TimedOut
from dockdj.events import Report, Warned, silent, step
from dockdj.localcloud.fleet import engine, names
from dockdj.localcloud.fleet.images import ensure_image
from dockdj.localcloud.fleet.network import free_port
from dockdj.localcloud.fleet.operations import Operations
from dockdj.localcloud.fleet.registry import log_in, log_out
from dockdj.localcloud.fleet.services import ensure_services, remove_cloud
from dockdj.localcloud.http import client
from dockdj.localcloud.http.client import Pulse
from dockdj.localcloud.polling import poll
from dockdj.localcloud.state import marker, ownership
from dockdj.localcloud.state.settings import Settings, cloud_id, load, save, with_port

START_SECONDS = 90
RESTART_SECONDS = 600
STOP_SECONDS = 30
POLL_SECONDS = 0.1
SERVER = "dockdj.localcloud.http.server"
# With `python -m`, a module of the current folder, such as a project's `secrets.py`, replaces the library's.
BOOTSTRAP = (
    "import sys; sys.path.append(sys.path.pop(0)); import runpy, signal; "
    # `_start` holds signals back, which a program inherits.
    "signal.pthread_sigmask(signal.SIG_SETMASK, ()); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)
LOG_LINES = 20


@dataclass(frozen=True)
class Running:
    """A local cloud that answers."""

    settings: Settings
    registry: str
    """host:port"""
    pid: int


def up(folder: Path, report: Report = silent) -> Running:
    """Start the cloud of this state folder. A running cloud stays as it is.

    Raises MissingTool without Docker, CommandFailed if the server exits, TimedOut if it does not answer, Refused if the
    folder has other files than a cloud's. A server that this call started ends with it if the call fails or is
    interrupted.
    """
    folder = folder.resolve()
    marker.require_usable(folder)
    with ownership.alone(folder, ownership.COMMAND, wait=True, report=report), contextlib.ExitStack() as cleanup:
        settings = load(folder)
        for kind in ("instance", "balancer"):
            ensure_image(kind, report)
        with ownership.alone(ownership.shared_folder(), ownership.PORTS, wait=True, report=report):
            services = ensure_services(cloud_id(folder), report)
            _log_in(folder, report)
            pulse, started = client.ping(folder), False
            if pulse is None:
                _end_earlier_server(folder, report)
                settings = _with_free_port(settings, report)
                save(folder, settings)
                with step(report, "Starting the server"):
                    pulse = _start(folder, settings, cleanup)
                    started = True
        if started:
            _wait_for_environments(folder, report)
        cleanup.pop_all()
        return Running(with_port(settings, pulse.port), services.registry, pulse.pid)


def down(folder: Path, report: Report = silent) -> None:
    """Stop the server and the containers. Keep databases, images, objects and environments for the next `up`."""
    folder = folder.resolve()
    with ownership.alone(folder, ownership.COMMAND, wait=True, report=report):
        _stop_server(folder, report)
        state_id = cloud_id(folder)
        with step(report, "Stopping containers"):
            Operations(state_id).stop()
            containers = engine.containers({names.CLOUD: state_id})
            if services := [container.name for container in containers if container.running]:
                engine.docker("stop", *services)


def reset(folder: Path, report: Report = silent) -> None:
    """Remove environments, databases, images and objects. Keep the cloud's keys and port.

    Raises Refused if no cloud made this folder.
    """
    folder = folder.resolve()
    marker.require_made(folder)
    with ownership.alone(folder, ownership.COMMAND, wait=True, report=report):
        _stop_server(folder, report)
        with step(report, "Removing containers, volumes and networks"):
            log_out(cloud_id(folder))
            remove_cloud(cloud_id(folder))
        for name in ("s3", "bundles", "secrets"):
            shutil.rmtree(folder / name, ignore_errors=True)
        for path in folder.glob(f"{marker.DATABASE}*"):
            path.unlink()


def _log_in(folder: Path, report: Report) -> None:
    try:
        with step(report, "Logging Docker in to the local cloud's registry"):
            log_in(cloud_id(folder))
    except CommandFailed as failure:
        report(Warned(f"Docker cannot use the local cloud's registry, because its login failed: {failure.message}"))


def _with_free_port(settings: Settings, report: Report) -> Settings:
    port = free_port(settings.port)
    if port != settings.port:
        holder = control_socket.held_by_another(settings.port)
        report(Warned(f"port {settings.port} is taken: {holder}. The local cloud listens on {port} instead"))
    return with_port(settings, port)


def server_argv() -> tuple[str, ...]:
    """The server's program."""
    return (sys.executable, "-c", BOOTSTRAP, SERVER)


def _start(folder: Path, settings: Settings, cleanup: contextlib.ExitStack) -> Pulse:
    """Start a server and wait for its first answer; `cleanup` ends the server."""
    log = folder / marker.LOG
    # An interrupt between the two would leave the server behind.
    with shell.uninterrupted():
        pid = shell.detach([*server_argv(), "--state", str(folder), "--port", str(settings.port)], log)
        cleanup.callback(_end, pid)

    def answer() -> Pulse | None:
        pulse = client.ping(folder)
        if pulse is None:
            _check_alive(pid, log)
        return pulse

    pulse = poll(answer, seconds=START_SECONDS, every=POLL_SECONDS)
    if pulse is None:
        raise TimedOut(f"the server of the local cloud did not answer within {START_SECONDS} s", hint=f"less {log}")
    return pulse


def _check_alive(pid: int, log: Path) -> None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
        raise CommandFailed(f"the server of the local cloud ended with status {status}:\n{last}", hint=f"less {log}")


def _end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def _wait_for_environments(folder: Path, report: Report) -> None:
    """Wait until the environments that ran before run again. Warn of each one that is not healthy."""
    if not _busy(folder):
        return
    with step(report, "Starting the environments again"):
        poll(lambda: not _busy(folder), seconds=RESTART_SECONDS, every=POLL_SECONDS)
    for environment in client.status(folder)["environments"]:
        if environment["color"] != "Green":
            report(Warned(f"environment {environment['name']} is {environment['health']}: see its events"))


def _busy(folder: Path) -> bool:
    pulse = client.ping(folder)
    return pulse is not None and bool(pulse.busy)


def _stop_server(folder: Path, report: Report) -> None:
    pulse = client.ping(folder)
    if pulse is None:
        _end_earlier_server(folder, report)
        return
    environments = client.status(folder)["environments"]
    if busy := [environment["name"] for environment in environments if environment["status"] != "Ready"]:
        report(Warned(f"this interrupts an operation on {', '.join(busy)}"))
    with step(report, "Stopping the server"):
        client.shut_down(folder)
        _wait_for_end(folder, pulse.pid)


def _end_earlier_server(folder: Path, report: Report) -> None:
    """End a server that runs without answering: an earlier version of dockdj started it, or it hangs."""
    if not ownership.held(folder, ownership.SERVER):
        return
    pid = ownership.holder(folder, ownership.SERVER) or _recorded_pid(folder)
    if not _is_server(pid, folder):
        raise Refused(
            f"the server of the local cloud in {folder} does not answer, and its process id is unknown",
            hint=f"pgrep -af '{SERVER}.*{folder}' lists it: kill PID, and run the same command again",
        )
    report(Warned(f"stopping the server (process {pid}): it hangs, or an earlier version of dockdj started it"))
    with step(report, "Stopping the earlier server"):
        _end(pid)
        _wait_for_end(folder, pid)


def _recorded_pid(folder: Path) -> int:
    """The server's process id in cloud.json; 0 without one. Earlier versions did not write it into their lock."""
    try:
        return int(json.loads((folder / "cloud.json").read_text())["pid"])
    except (OSError, ValueError, TypeError, KeyError):
        return 0


def _is_server(pid: int, folder: Path) -> bool:
    """Return whether a process is the server of this state folder, by its command line."""
    if not pid:
        return False
    words = shell.capture(["ps", "-ww", "-o", "args=", "-p", str(pid)], check=False).stdout
    return SERVER in words and str(folder) in words


def _wait_for_end(folder: Path, pid: int) -> None:
    if not poll(lambda: not ownership.held(folder, ownership.SERVER), seconds=STOP_SECONDS, every=POLL_SECONDS):
        raise TimedOut(
            f"the server of the local cloud (process {pid}) did not end within {STOP_SECONDS} s",
            hint="run the same command again",
        )
