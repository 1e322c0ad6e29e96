"""The inventory of a release's images: the first time and remembered, beside what programs inside them say."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

from benchmarks import project, table
from benchmarks.timing import alternating
from dockdj.adapters.inventory import engine_socket, inventory

ROUNDS = 5
BASES = {"django": ("python:3.13-slim-trixie",), "nginx": ("debian:trixie-slim",), "postgres": ("debian:trixie-slim",)}
DPKG = "dpkg-query -W -f '${Package} ${Version} ${source:Package}\\n'"
# As it is asked by hand: pip where it is, of the application's own packages where the image has any.
ASKED = f"{DPKG}; ! pip --version >/dev/null 2>&1 || pip --disable-pip-version-check list --format json"


def measure() -> None:
    with project.made() as made, tempfile.TemporaryDirectory(prefix="dockdj-bench-") as folder:
        made.dockdj("image", "build", "prod")
        built = {name: f"{made.name}/{name}:prod" for name in ("django", "nginx")}
        images = {**built, "postgres": "postgres:17", "registry": "registry:2"}
        with patch.dict(os.environ, DOCKDJ_CACHE=folder):
            compare(images, Path(folder))


def compare(images: Mapping[str, str], cache: Path) -> None:
    def first() -> None:
        for file in cache.glob("inventory/*"):
            file.unlink()
        inventory.read_all(images, BASES)

    def again() -> None:
        # A command starts with an engine it has not asked yet.
        engine_socket.forget()
        inventory.read_all(images, BASES)

    beside = "`docker run` of dpkg-query and pip list in each, in parallel"
    asked = running(images)
    what = "inventory of four images and their bases"
    table.seconds(f"{what}, the first time", *_beside(beside, first, asked), "≤ 1.5 s")
    table.seconds(f"{what}, remembered", *_beside(beside, again, asked), "≤ 0.05 s")


def running(images: Mapping[str, str]) -> Callable[[], None]:
    def ask(image: str) -> None:
        words = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", ASKED]
        subprocess.run(words, check=True, capture_output=True)

    def all_of_them() -> None:
        with ThreadPoolExecutor(len(images)) as pool:
            list(pool.map(ask, images.values()))

    return all_of_them


def _beside(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, str, float]:
    one, two = alternating(ours, theirs, ROUNDS)
    return one, name, two
