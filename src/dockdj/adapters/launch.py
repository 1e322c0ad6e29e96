"""The errors for a program that cannot be started."""

import errno
import os
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

from dockdj.errors import CommandFailed, DockdjError, MissingTool

INSTALL_HINTS = {
    "docker": "install Docker Engine with the compose and buildx plugins: https://docs.docker.com/engine/install/",
    "git": "install Git: https://git-scm.com/downloads",
}


def error(argv: Sequence[str], cause: OSError | ValueError, cwd: Path | None = None) -> DockdjError:
    """The error for a program that the system did not start, from the system's own."""
    program = argv[0]
    if isinstance(cause, UnicodeError):
        return CommandFailed(
            f"`{program}` cannot be given a text that is not valid Unicode", hint="correct the argument or variable"
        )
    if isinstance(cause, ValueError):
        # Python checks this before it asks the system: NUL in a word, `=` in a variable's name.
        return CommandFailed(
            f"`{program}` cannot be started: {cause} in its arguments or environment",
            hint="remove the character from the argument or variable",
        )
    if cwd is not None and (unusable := _unusable(cwd)):
        return CommandFailed(f"`{program}` cannot run in {cwd}: {unusable}", hint=f"look: ls -ld {cwd}")
    return _refused(program, cause)


def _refused(program: str, cause: OSError) -> DockdjError:
    install = INSTALL_HINTS.get(program, f"install `{program}`")
    path = shutil.which(program)
    match cause.errno:
        case errno.ENOENT | errno.ENOTDIR if path:
            return MissingTool(f"`{path}` names an interpreter that is not installed", hint=f"look: head -1 {path}")
        case errno.ENOENT | errno.ENOTDIR:
            return MissingTool(f"the program `{program}` is not installed", hint=install)
        case errno.EACCES | errno.EPERM:
            # The system also says this of a program that is nowhere if a folder of PATH cannot be read.
            return MissingTool(
                f"the program `{program}` is not installed, or this user may not run it",
                hint=f"look: command -v {program}; then chmod +x it, or {install}",
            )
        case errno.ENOEXEC:
            return MissingTool(
                f"`{path or program}` is not a program of this machine: {cause.strerror}",
                hint=f"{install} for this machine's processor",
            )
        case errno.E2BIG:
            return CommandFailed(
                f"`{program}` cannot be started: its arguments and environment are longer than the system allows",
                hint="name fewer files at once, and unset large environment variables: env | wc -c",
            )
    return CommandFailed(
        f"`{program}` cannot be started: {cause.strerror or cause}", hint="free memory, processes or files: ulimit -a"
    )


def _unusable(folder: Path) -> str:
    """Why no program can run in a folder; empty if one can."""
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        return "no such folder"
    except OSError as failure:
        return failure.strerror or str(failure)
    if not stat.S_ISDIR(mode):
        return "it is not a folder"
    return "" if os.access(folder, os.X_OK) else "this user may not enter it"
