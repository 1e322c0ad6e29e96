"""Which TCP ports of this machine are free."""

import contextlib
import os
import platform
import socket


def is_free(port: int) -> bool:
    """Whether nothing listens on a port, on any address of this machine."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as listener:
        # Connections that ended a moment ago do not count as taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("0.0.0.0", port))
        except PermissionError:
            # Ports below 1024 are root's to bind, but anybody can knock.
            return not _answers(port)
        except OSError:
            return False
        return True


def _answers(port: int) -> bool:
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def taken(output: str) -> bool:
    """Whether this is how Docker says that another container, or another program, has a host port."""
    return "port is already allocated" in output or "address already in use" in output


def owner() -> str:
    """This machine and this process, as a label names them: HOST:PROCESS."""
    return f"{platform.node()}:{os.getpid()}"


def ended(made_by: str) -> bool:
    """Whether an `owner` is a process of this machine that lives no more; of other machines nothing is known."""
    host, _, process = made_by.rpartition(":")
    return host == platform.node() and process.isdecimal() and not _lives(int(process))


def _lives(process: int) -> bool:
    """Whether a process of this machine has this id."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
