"""One run of the tests on this machine, and the removal of everything that an interrupted run leaves behind.

A run has a token. Names of projects, images and containers hold it (`name`), and every process that the run starts
inherits it in an environment variable. When the run ends, by whatever signal, the first process ends the processes
that hold its token and removes the containers, networks, volumes and images. What a killed run leaves, the next run
removes.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters.machine import has_ended, owner

VARIABLE = "DOCKDJ_TEST_RUN"
# A token of these letters cannot be part of a random hexadecimal name.
LETTERS = "ghjkmnpqrstvwxz"
FOLDER = Path(tempfile.gettempdir()) / f"dockdj-test-runs-{os.getuid()}"
# How long processes may take to end before they are killed.
END_SECONDS = 5.0
CLOUD_LABEL = "org.dockdj.cloud"
# Listing -> removal, in the order in which the objects depend on each other.
OBJECTS = {
    ("ps", "--all", "--no-trunc"): ("rm", "--force", "--volumes"),
    ("network", "ls", "--no-trunc"): ("network", "rm"),
    ("volume", "ls"): ("volume", "rm", "--force"),
    ("image", "ls", "--digests"): ("image", "rm", "--force"),
}


@dataclass(frozen=True)
class Run:
    """A run's token, and the folder that records it until everything of the run is removed."""

    token: str
    folder: Path

    @property
    def cache(self) -> Path:
        """The run's cache of inventories: those of an earlier run must not answer for this one."""
        return self.folder / "cache"

    @property
    def is_over(self) -> bool:
        """Tell if the process that started the run has ended."""
        return has_ended((self.folder / "owner").read_text())

    def marks(self) -> set[str]:
        """The texts that mark an object of the run: its token, and the labels of its local clouds."""
        clouds = self.folder / "clouds"
        ids = clouds.read_text().split() if clouds.exists() else []
        return {self.token, *(f"{CLOUD_LABEL}={cloud}" for cloud in ids)}

    def remove(self) -> list[str]:
        """End and remove everything of the run; return a line for each process and object that was left."""
        left = [f"process {process}" for process in end_processes(self.token)]
        if (self.folder / "uses-docker").exists() and shutil.which("docker"):
            left += [removed for listing in OBJECTS for removed in _remove_objects(listing, self.marks())]
        shutil.rmtree(self.folder, ignore_errors=True)
        return left


def begin(folder: Path = FOLDER) -> Run:
    """Start a run, and remove what dead runs of this machine left."""
    for dead in (run for run in _recorded(folder) if run.is_over):
        dead.remove()
    token = "".join(secrets.choice(LETTERS) for _ in range(7))
    run = Run(token, folder / token)
    run.folder.mkdir(parents=True, mode=0o700)
    (run.folder / "owner").write_text(owner())
    return run


def current() -> Run:
    """The run that this process belongs to. A program outside a run has a token of its own, and removes nothing."""
    token = os.environ.setdefault(VARIABLE, "".join(secrets.choice(LETTERS) for _ in range(7)))
    return Run(token, FOLDER / token)


def name(prefix: str) -> str:
    """A name that no other test has, and that tells which run it belongs to."""
    run = current()
    if run.folder.exists():
        (run.folder / "uses-docker").touch()
    return f"{prefix}{run.token}{secrets.token_hex(2)}"


def add_cloud(cloud_id: str) -> None:
    """Note that the objects of a local cloud belong to this run."""
    run = current()
    if run.folder.exists():
        (run.folder / "uses-docker").touch()
        with (run.folder / "clouds").open("a") as file:
            file.write(f"{cloud_id}\n")


def _recorded(folder: Path) -> list[Run]:
    """The runs of this machine that did not remove everything, and those that have not ended."""
    return [Run(owner_file.parent.name, owner_file.parent) for owner_file in sorted(folder.glob("*/owner"))]


def end_processes(token: str) -> list[str]:
    """End the processes that a run started, kill those that do not end; return their command lines."""
    processes = dict(_processes(token))
    for number, insist in ((signal.SIGTERM, False), (signal.SIGKILL, True)):
        deadline = time.monotonic() + END_SECONDS
        for process in dict(_processes(token)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)
        while dict(_processes(token)) and time.monotonic() < deadline and not insist:
            time.sleep(0.05)
    return list(processes.values())


def _processes(token: str) -> Iterator[tuple[int, str]]:
    """The processes that hold a token in their environment, but for this one: id and command line."""
    held = f"{VARIABLE}={token}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        # A process may end at any moment. Others are not ours to read.
        with contextlib.suppress(OSError):
            if int(folder.name) != os.getpid() and held in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name), (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()


def _remove_objects(listing: tuple[str, ...], marks: set[str]) -> list[str]:
    """Remove the engine's objects of one kind that are marked; return a line for each."""
    lines = _docker(*listing, "--format", "{{json .}}").splitlines()
    marked = [json.loads(line) for line in lines if any(mark in line for mark in marks)]
    if marked:
        _docker(*OBJECTS[listing], *map(_name, marked))
    kind = "container" if listing[0] == "ps" else listing[0]
    return [f"{kind} {document.get('Names') or document.get('Name') or _name(document)}" for document in marked]


def _name(document: dict[str, str]) -> str:
    """The name by which an object of a listing is removed. An image keeps the names that it has outside the run."""
    if "Repository" not in document:
        return document.get("ID") or document["Name"]
    tagged = document["Tag"] != "<none>"
    return f"{document['Repository']}:{document['Tag']}" if tagged else f"{document['Repository']}@{document['Digest']}"


def _docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=False).stdout
