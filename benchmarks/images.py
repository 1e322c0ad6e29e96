"""Building the images of production: cold, unchanged, after one line; what they weigh and what is pushed."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks import project, table
from benchmarks.project import DOCKDJ, Measured, output, until_answers
from benchmarks.timing import alternating, program, seconds
from dockdj.adapters import project_file
from dockdj.lifecycle.build import images
from dockdj.lifecycle.publish.publish import publish
from dockdj.model.version import parse
from tests.support.project import commit

DOCKERFILE = "docker/django/Dockerfile"
CHANGES = 3
BASES = {"django": "python:3.13-slim-trixie", "nginx": "debian:trixie-slim"}
# Where downloads are kept between builds. A name of our own and emptied, nothing is kept.
CACHE = re.compile(r"--mount=type=cache,target=(\S+)")
EMPTY = """\
FROM debian:trixie-slim
ARG NOW
RUN --mount=type=cache,id={name},target=/kept find /kept -mindepth 1 -delete
"""


def measure() -> None:
    with project.made() as made:
        cold = seconds_cold(made)
        table.seconds("cold build: two images and the quality gate; only base images are there", cold)
        made.dockdj("image", "build", "prod")
        unchanged(made)
        changed = [seconds_changed(made, number) for number in range(CHANGES)]
        table.seconds("build after a change of one line, tested anew", median(changed), "cold", cold)
        weights(made)
        table.size("pushed for a release with that change", bytes_of_second_release(made), goal="< 1 MB")


def seconds_cold(made: Measured) -> float:
    """A build that finds no layer and no download."""
    file = made.root / DOCKERFILE
    plain = file.read_text()
    caches = {found[1]: f"dockdj-bench{found[1].replace('/', '-')}" for found in CACHE.finditer(plain)}
    for name in caches.values():
        empty(made.root.parent, name)
    file.write_text(CACHE.sub(lambda found: f"--mount=type=cache,id={caches[found[1]]},target={found[1]}", plain))
    try:
        return seconds(lambda: images.build(project_file.load(made.root), "prod", no_cache=True))
    finally:
        file.write_text(plain)


def empty(folder: Path, name: str) -> None:
    (folder / "Dockerfile").write_text(EMPTY.format(name=name))
    file = ["--file", str(folder / "Dockerfile")]
    output("docker", "buildx", "build", *file, "--build-arg", f"NOW={time.time()}", str(folder))


def unchanged(made: Measured) -> None:
    """Beside what builds one of the two images, and what builds both."""
    ours = program([DOCKDJ, "image", "build", "prod"], made.root)
    one = ["docker", "buildx", "build", "--provenance=false", "--file", DOCKERFILE, "--target"]
    load = ["--load", "--tag", f"{made.name}/bare:prod", "."]
    bare = program([*one, "prod", *load], made.root)
    both = program(
        ["sh", "-c", " && ".join(" ".join([*one, target, *load]) for target in ("prod", "nginx"))], made.root
    )
    bake = program(["docker", "buildx", "bake", "--file", str(bake_file(made))], made.root)
    what = "`image build prod`, nothing changed: two images"
    table.seconds(what, *_beside("bare `docker buildx build` of one", ours, bare), "≤ 1.3")
    table.seconds(what, *_beside("bare `docker buildx build` of each", ours, both))
    table.seconds(what, *_beside("bare `docker buildx bake` of both", ours, bake))


def bake_file(made: Measured) -> Path:
    """What builds the two images and nothing else, without a word of ours."""
    targets = {
        target: {
            "context": ".",
            "dockerfile": DOCKERFILE,
            "target": target,
            "tags": [f"{made.name}/bare-{target}:prod"],
            "output": ["type=docker"],
            "attest": ["type=provenance,disabled=true"],
        }
        for target in ("prod", "nginx")
    }
    file = made.root.parent / "bake.json"
    file.write_text(json.dumps({"group": {"default": {"targets": list(targets)}}, "target": targets}))
    return file


def seconds_changed(made: Measured, number: int) -> float:
    made.change_one_line(number)
    return seconds(program([DOCKDJ, "image", "build", "prod"], made.root))


def weights(made: Measured) -> None:
    for service, base in BASES.items():
        whole, below = (weight(name) for name in (f"{made.name}/{service}:prod", base))
        table.size(f"image of {service} above its base", whole - below, f"`{base}`", below)


def weight(name: str) -> int:
    return int(output("docker", "image", "inspect", "--format", "{{.Size}}", name))


def bytes_of_second_release(made: Measured) -> int:
    """What a registry's disk grew by for a release that is one line away from the one before."""
    loaded = project_file.load(made.root)
    with registry() as (address, held):
        sizes = []
        for number, version in enumerate(("1.0.0", "1.1.0")):
            made.change_one_line(100 + number)
            commit(made.root, version)
            made.dockdj("release", version)
            publish(loaded, parse(version), "bench", f"{address}/{made.name}")
            sizes.append(held())
    return sizes[1] - sizes[0]


@contextmanager
def registry() -> Iterator[tuple[str, Callable[[], int]]]:
    """A registry's address, and how many bytes its files hold."""
    container = output("docker", "run", "--detach", "--rm", "--publish", "127.0.0.1::5000", "registry:2")
    files = "find /var/lib/registry -type f -printf '%s\\n' | awk '{ sum += $1 } END { print sum + 0 }'"
    try:
        address = output("docker", "port", container, "5000").split()[0]
        until_answers(f"http://{address}/v2/")
        yield address, lambda: int(output("docker", "exec", container, "sh", "-c", files))
    finally:
        output("docker", "rm", "--force", "--volumes", container)


def _beside(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, str, float]:
    one, two = alternating(ours, theirs)
    return one, name, two
