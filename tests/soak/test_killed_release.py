"""`release` and `publish` killed at random moments converge when run again. Run by `make soak`, which prints the seed.

SOAK_KILLS and SOAK_SEED choose how often, and repeat a run.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.lifecycle.history import log
from dockdj.model.project.project import Project
from dockdj.model.version import Version
from tests.support.project import commit, git, write
from tests.support.shop import DOCKDJ
from tests.support.small import TARGET, small
from tests.support.whole import has_its_images, no_half_release_is_visible, nothing_is_left_over

__all__ = ["small"]
pytestmark = [pytest.mark.soak, pytest.mark.docker]

KILLS = int(os.environ.get("SOAK_KILLS", "50"))
SEED = int(os.environ.get("SOAK_SEED", str(time.time_ns() % 1_000_000)))


def test_commands_killed_at_random_moments_converge_when_run_again(
    small: Project, registry: str, tmp_path: Path
) -> None:
    """About every second kill also ends the programs that the command started, as when a machine dies."""
    print(f"\nSOAK_SEED={SEED} SOAK_KILLS={KILLS}")
    begun = time.monotonic()
    chance = random.Random(SEED)
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(small.root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    repository = f"{registry}/{small.name}"
    with (small.root / "dockdj.toml").open("a") as file:
        file.write(TARGET.format(repository=repository))
    commit(small.root, "A target")
    project = project_file.load(small.root)
    # How long each command takes undisturbed: most kills shall hit it while it runs.
    longest = {"release": run(project, "release", "1.0.0"), "publish": run(project, "publish", "1.0.0", "--to", "away")}
    seen: Counter[str] = Counter()
    for number in range(KILLS):
        version = Version(1, 1 + number // 2, 0)
        if number % 2:
            command, arguments = "publish", ["publish", str(version), "--to", "away"]
        else:
            command, arguments = "release", ["release", str(version)]
            write(project.root, "greeting.txt", f"hello, {version}\n")
            commit(project.root, f"Greet in {version}")
        after, group = chance.uniform(0, longest[command]), chance.random() < 0.5
        moment = f"kill {number + 1}: {command} after {after:.2f} s{', its programs too' if group else ''}"
        died = kill(project, after, group, *arguments)
        state = no_half_release_is_visible(project, version, repository)
        seen[f"{command}: {state}" if died else f"{command}: ended before"] += 1
        try:
            run(project, *arguments)
            wanted = "published" if number % 2 else "not published"
            assert no_half_release_is_visible(project, version, repository) == wanted
            has_its_images(project, version)
        except AssertionError as error:
            raise AssertionError(f"{moment}: {error}") from error
    nothing_is_left_over(project)
    published = [event.version for event in log.read(project) if event.what == "published"]
    assert len(published) == len(set(published)) == 1 + KILLS // 2
    print(f"{KILLS} kills, {KILLS} of {KILLS} converged in {time.monotonic() - begun:.0f} s; at the kill: {dict(seen)}")


def run(project: Project, *arguments: str) -> float:
    """Run a command to its end; return its duration in seconds."""
    begun = time.monotonic()
    done = subprocess.run([DOCKDJ, *arguments], cwd=project.root, text=True, capture_output=True)
    assert done.returncode == 0, f"dockdj {' '.join(arguments)}: {done.stdout}\n{done.stderr}"
    return time.monotonic() - begun


def kill(project: Project, after: float, group: bool, *arguments: str) -> bool:
    """Start a command and kill it, with `group` also the programs it started; tell if it was still running."""
    process = subprocess.Popen(
        [DOCKDJ, *arguments],
        cwd=project.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        return True
    return False
