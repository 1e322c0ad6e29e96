"""How long `history` and `diff` take with many and large releases."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import table
from benchmarks.project import DOCKDJ, output
from benchmarks.timing import alternating, program
from dockdj.adapters.git.repository import find
from dockdj.adapters.git.tags import message
from tests.support import many

RELEASES = 1000
READ_ALL = """
import sys
from pathlib import Path
from dockdj.adapters import project_file
from dockdj.lifecycle.history import tags
tags.of_project(project_file.load(Path(sys.argv[1])))
"""


def measure() -> None:
    with compiled():
        with_records(history_goal="< 0.5 s", system=180, python=60, npm=100)
        with_records(diff_goal="< 0.2 s", system=500, python=80, npm=300)


def with_records(history_goal: str = "", diff_goal: str = "", *, system: int, python: int, npm: int) -> None:
    """Four services with so many packages together, and as much npm for the assets."""
    with tempfile.TemporaryDirectory(prefix="dockdj-bench-") as folder:
        root = Path(folder)
        many.make(root, RELEASES, system=system, python=python, npm=npm)
        output("git", "-C", folder, "gc", "--quiet")
        size = len(message(find(root), "v1.0.0") or b"") / 1000
        what = f"{RELEASES:,} releases, records of {size:.0f} kB: "
        listing = ["git", "-C", folder, "for-each-ref", "--format=%(contents)", "refs/tags"]
        inside = [DOCKDJ, "--project", folder]
        _beside(f"{what}`history`", [*inside, "history"], "`git for-each-ref`", listing, history_goal)
        read_all = [sys.executable, "-c", READ_ALL, folder]
        _beside(f"{what}`history`", [*inside, "history"], "every record read whole", read_all, "≤ 0.5 of it")
        versions = [f"1.{RELEASES - 2}.0", f"1.{RELEASES - 1}.0"]
        bare = [sys.executable, "-c", ""]
        _beside(f"{what}`diff` of two", [*inside, "diff", *versions], "bare Python", bare, diff_goal)


@contextmanager
def compiled() -> Iterator[None]:
    """As an installed package runs: its modules are compiled once, whatever this shell says."""
    with tempfile.TemporaryDirectory(prefix="dockdj-bench-") as folder:
        before = {name: os.environ.pop(name, None) for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")}
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        try:
            yield
        finally:
            del os.environ["PYTHONPYCACHEPREFIX"]
            os.environ.update({name: value for name, value in before.items() if value is not None})


def _beside(what: str, ours: list[str], name: str, theirs: list[str], goal: str) -> None:
    program(ours)()
    one, two = alternating(program(ours), program(theirs))
    table.seconds(what, one, name, two, goal)
