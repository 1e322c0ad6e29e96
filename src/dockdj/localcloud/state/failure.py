"""The errors of a state folder that cannot be read or written."""

from __future__ import annotations

from dockdj.errors import CommandFailed

RETRY = "run the same command again"
RESET = "dockdj cloud reset (removes the cloud's environments, databases and objects, and keeps its keys)"


class StateFailed(CommandFailed):
    """The disk or SQLite refused. Nothing of the failed change is stored."""

    code = "state-failed"


class StateClosed(StateFailed):
    """The server is stopping and has closed its database."""


class StateDamaged(StateFailed):
    """A file of the state cannot be understood. The message names the file, the hint the way out."""

    code = "state-damaged"
