"""Count the files of the product that one release and one deployment enter: `python -m benchmarks.entered [PYTHON]`.

PYTHON is the interpreter of another checkout's environment, to compare two states of the code.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import table
from benchmarks.project import output
from tests.conftest import remove_images
from tests.support import runs

PROFILER = Path(__file__).with_name("profiler.py")
VERSION = "1.0.0"


@dataclass(frozen=True)
class Walk:
    """The files that a command entered and their numbers of lines, in the order of the first calls.

    Paths are relative to the package.
    """

    command: str
    files: Mapping[str, int]

    @property
    def lines(self) -> int:
        """The number of lines in all these files."""
        return sum(self.files.values())

    def in_folder(self, folder: str) -> list[str]:
        """The files below a folder of the package."""
        return [file for file in self.files if file.startswith(f"{folder}/")]


@dataclass(frozen=True)
class Checkout:
    """A project, and the command line of a checkout's interpreter that works on it."""

    python: str
    root: Path
    environment: Mapping[str, str]

    def dockdj(self, *words: str) -> None:
        """Type `dockdj WORDS` in the project. Raises CalledProcessError."""
        self._run("-m", "dockdj.cli.main", *words)

    def walk(self, *words: str) -> Walk:
        """Type `dockdj WORDS` and note the files that the command enters."""
        with tempfile.NamedTemporaryFile(mode="r", suffix=".json") as file:
            self._run(str(PROFILER), file.name, *words)
            return Walk(words[0], json.load(file))

    def _run(self, *words: str) -> None:
        done = subprocess.run(
            [self.python, *words], cwd=self.root, env={**os.environ, **self.environment}, capture_output=True, text=True
        )
        if done.returncode:
            print(done.stdout[-2000:], done.stderr[-4000:], file=sys.stderr)
            done.check_returncode()


def measure() -> None:
    """Print a row of the table for each command."""
    for walk in walks(sys.executable):
        table.count(f"files of the product that `{walk.command}` enters", len(walk.files))
        table.count("lines in these files", walk.lines)


def walks(python: str) -> tuple[Walk, Walk]:
    """Release and deploy a new project in a new local cloud, with the command line of this interpreter."""
    with new_project(python) as checkout:
        checkout.dockdj("cloud", "up")
        try:
            checkout.dockdj("create")
            released = checkout.walk("release", VERSION)
            checkout.dockdj("publish", VERSION)
            return released, checkout.walk("deploy", VERSION)
        finally:
            checkout.dockdj("cloud", "reset", "--yes")


@contextmanager
def new_project(python: str) -> Iterator[Checkout]:
    """A project of that checkout's recipe with a bare Git remote, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="dockdj-bench-") as name:
        folder = Path(name)
        root = folder / runs.name("walked")
        parent = Checkout(python, folder, {"DOCKDJ_STATE": str(folder / "cloud")})
        parent.dockdj("new", str(root), "--defaults")
        remote = str(folder / "remote.git")
        output("git", "init", "--quiet", "--bare", remote)
        output("git", "-C", str(root), "remote", "add", "origin", remote)
        try:
            yield Checkout(python, root, parent.environment)
        finally:
            remove_images(root.name)


def main() -> None:
    """Print how many files each command enters, by layer, and all files in the order of their first call."""
    [python] = sys.argv[1:] or [sys.executable]
    for walk in walks(python):
        layers = sorted({file.partition("/")[0] for file in walk.files if "/" in file})
        numbers = ", ".join(f"{layer} {len(walk.in_folder(layer))}" for layer in layers)
        print(f"{walk.command}: {len(walk.files)} files ({numbers}) with {walk.lines:,} lines")
        print("".join(f"    {file}\n" for file in walk.files))


if __name__ == "__main__":
    main()
