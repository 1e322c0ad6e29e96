"""Who made what must not outlive its maker: a process of a machine, so that what a killed one left is recognised."""

import os
import platform


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
