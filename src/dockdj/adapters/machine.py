"""This machine: its free TCP ports, and its processes as labels name them."""

import contextlib
import os
import platform
import socket


def is_free(port: int) -> bool:
    """Tell if nothing listens on a port, on any address of this machine."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as listener:
        # A connection that ended a moment ago does not occupy the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("0.0.0.0", port))
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
    """The label of this machine and process: HOST:PROCESS."""
    return f"{platform.node()}:{os.getpid()}"


def has_ended(label: str) -> bool:
    """Tell if an `owner` label names an ended process of this machine; on other machines all count as alive."""
    host, _, process = label.rpartition(":")
    return host == platform.node() and process.isdecimal() and not _lives(int(process))


def _lives(process: int) -> bool:
    """Tell if a process of this machine has this id."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
