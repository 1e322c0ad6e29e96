"""This machine: its free TCP ports, and its processes as labels name them."""

import contextlib
import os
import platform
import re
import socket
from pathlib import Path

from dockdj.adapters import processes
from dockdj.adapters.owner import Life, Owner, Place, life, parse

MACHINE_ID = Path("/etc/machine-id")
BOOT_ID = processes.PROC / "sys/kernel/random/boot_id"


def is_free(port: int, address: str = "0.0.0.0") -> bool:
    """Tell if nothing listens on a port of an address, by default of any address of this machine."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as listener:
        # A connection that ended a moment ago does not occupy the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except PermissionError:
            # Only root may bind ports below 1024, but anybody may connect.
            return not _answers(port)
        except OSError:
            return False
        return True


def _answers(port: int) -> bool:
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def names_port_conflict(output: str) -> bool:
    """Tell if Docker's output reports that another container or program has a host port."""
    return "port is already allocated" in output or "address already in use" in output


def owner() -> str:
    """The label of this process: its machine, boot, PID namespace, start and id."""
    return str(Owner(platform.node(), os.getpid(), place(), processes.own_start()))


def has_ended(label: str) -> bool:
    """Tell if an `owner` label names a process that has ended for certain.

    A process on another machine, in another PID namespace, or of which the system shows too little, counts as alive.
    """
    maker = parse(label)
    if maker is None:
        return False
    return life(maker, platform.node(), place(), processes.start_of(maker.process)) is Life.DEAD


def place() -> Place:
    """The place in which this process has its id. A system without /proc tells nothing of it."""
    return Place(_content(MACHINE_ID), _content(BOOT_ID), processes.namespace())


def _content(path: Path) -> str:
    """A file's only line; empty if the file cannot be read or the line could not be part of a label."""
    try:
        text = path.read_text(errors="replace").strip()
    except OSError:
        return ""
    return text if re.fullmatch("[0-9a-f-]+", text) else ""
