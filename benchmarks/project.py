"""A new project to measure, gone afterwards."""

import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import remove_images
from tests.support import runs

DOCKDJ = str(Path(sys.executable).with_name("dockdj"))
VIEWS = "app/apps/webroot/views.py"


@dataclass(frozen=True)
class Measured:
    """A project's folder, and the commands typed in it."""

    root: Path

    @property
    def name(self) -> str:
        return self.root.name

    def dockdj(self, *words: str) -> str:
        """What `dockdj WORDS` prints. Raises CalledProcessError."""
        return output(DOCKDJ, *words, cwd=self.root)

    def change_one_line(self, round_number: int) -> None:
        """Another greeting: the line a developer changes first."""
        file = self.root / VIEWS
        lines = file.read_text().splitlines()
        [place] = [number for number, line in enumerate(lines) if line.startswith("GREETING = ")]
        lines[place] = f'GREETING = "Hello number {round_number}"'
        file.write_text("\n".join(lines) + "\n")

    def append(self, path: str, text: str) -> None:
        with (self.root / path).open("a") as file:
            file.write(text)


@contextmanager
def made() -> Iterator[Measured]:
    """`dockdj new`, with a bare Git remote beside it."""
    with tempfile.TemporaryDirectory(prefix="dockdj-bench-") as folder:
        root = Path(folder) / runs.name("bench")
        output(DOCKDJ, "new", str(root), "--defaults")
        output("git", "init", "--quiet", "--bare", str(root.parent / "remote.git"))
        output("git", "-C", str(root), "remote", "add", "origin", str(root.parent / "remote.git"))
        try:
            yield Measured(root)
        finally:
            remove_images(root.name)


def output(*argv: str, cwd: Path | None = None) -> str:
    """What a program prints. Raises CalledProcessError with what it said on the other channel."""
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-4000:], file=sys.stderr)
        done.check_returncode()
    return done.stdout.strip()


def until_answers(url: str, seconds: float = 60) -> None:
    """Wait until a page answers. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)
