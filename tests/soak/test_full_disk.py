"""`release` and `publish` with a full disk at every single call that changes a file converge when run again.

SOAK_FIRST_CALL continues a run at a later call.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.lifecycle.history import log
from dockdj.model.project.project import Project
from dockdj.model.version import Version
from tests.support.failing import NOT_REACHED
from tests.support.project import commit, git, write
from tests.support.small import TARGET, small
from tests.support.whole import has_its_images, no_half_release_is_visible, nothing_is_left_over

__all__ = ["small"]
pytestmark = [pytest.mark.soak, pytest.mark.docker]

FIRST = int(os.environ.get("SOAK_FIRST_CALL", "1"))
ROOT = Path(__file__).parents[2]


def test_release_and_publish_converge_after_a_full_disk_at_every_call(
    small: Project, registry: str, tmp_path: Path
) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(small.root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    repository = f"{registry}/{small.name}"
    with (small.root / "dockdj.toml").open("a") as file:
        file.write(TARGET.format(repository=repository))
    commit(small.root, "A target")
    project = project_file.load(small.root)
    begun = time.monotonic()
    seen: Counter[str] = Counter()
    reached = {"release": True, "publish": True}
    number = FIRST - 1
    while any(reached.values()):
        number += 1
        version = Version(1, number, 0)
        write(project.root, "greeting.txt", f"hello, {version}\n")
        commit(project.root, f"Greet in {version}")
        for command, goal in (("release", "not published"), ("publish", "published")):
            arguments = [command, str(version), *(["--to", "away"] if command == "publish" else [])]
            failed = run(project, number, *arguments)
            reached[command] = failed.returncode != NOT_REACHED
            moment = f"call {number} of {command}: {failed.stdout}\n{failed.stderr}"
            # A bug is 70. A failed write of the log or of evidence is a warning, so the command may succeed.
            assert failed.returncode in (0, 5, NOT_REACHED), moment
            assert failed.returncode != 5 or "No space left on device" in failed.stderr, moment
            state = no_half_release_is_visible(project, version, repository)
            seen[f"{command} {failed.returncode}: {state}"] += 1
            again = run(project, 0, *arguments)
            assert again.returncode == 0, f"{moment}\nagain: {again.stdout}\n{again.stderr}"
            assert no_half_release_is_visible(project, version, repository) == goal, moment
            has_its_images(project, version)
    nothing_is_left_over(project)
    published = [event.version for event in log.read(project) if event.what == "published"]
    # The event that did not fit is missing, and the command that was run again does not know that it happened.
    assert len(published) == len(set(published)) >= number - FIRST - 3
    print(f"\n{number - FIRST} calls in {time.monotonic() - begun:.0f} s: {dict(seen)}")


def run(project: Project, number: int, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command whose call of this number fails; 0 for none."""
    argv = [sys.executable, "-m", "tests.support.failing", str(number), "--", "--project", str(project.root)]
    return subprocess.run([*argv, *arguments], cwd=ROOT, capture_output=True, text=True)
