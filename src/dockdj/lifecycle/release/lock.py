"""The lock of a repository: only one release at a time."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from dockdj.adapters import disk
from dockdj.adapters.git import repository as git
from dockdj.errors import Raced, Refused

# In Git's folder, which all worktrees share.
LOCK = "dockdj-release"


@contextmanager
def exclusive(repository: git.Repository, name: str) -> Iterator[None]:
    """Make the release of project `name` the only release in a repository and its worktrees.

    A release uses names that are still free: local image tags, a number, a branch. The kernel frees the lock however
    this run ends. Raises Raced when another run makes a release, Refused when the file cannot be locked.
    """
    path = repository.shared / LOCK
    with ExitStack() as stack:
        try:
            stack.enter_context(disk.locked(path, wait=False))
        except BlockingIOError as error:
            other, _, process = path.read_text(errors="replace").partition(" ")
            owner = f" of {other}" if other else ""
            raise Raced(
                f"another release{owner} is under way" + (f" (pid {process})" if process else ""),
                hint="wait until it has ended, and release again",
            ) from error
        except OSError as error:
            raise Refused(f"{path} cannot be locked: {error.strerror}", hint="see who owns it: ls -l") from error
        disk.write(path, f"{name} {os.getpid()}".encode())
        yield
