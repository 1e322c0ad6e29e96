"""What this machine knows of tested images: a file beside the project, so that a release needs no registry for them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dockdj.adapters.disk import locked, make_ignored, write_atomically
from dockdj.adapters.docker import client as docker
from dockdj.errors import CommandFailed, ProjectError, Refused, UsageError
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle.build.tested_build import TestedBuild
from dockdj.lifecycle.tested_images import evidence, fetch
from dockdj.model.build.tested_images import QaImages
from dockdj.model.build.tested_record import read
from dockdj.model.canonical import canonical
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION

# Ignored by Git.
MEMORY_FILE = ".dockdj/qa.json"
LOCK_FILE = ".dockdj/qa.lock"
KEPT = 20


def remember(project: Project, images: QaImages, report: Report = silent) -> None:
    """Keep what is known of these images, the newest first; those of modified files no release can take.

    Where it cannot be written, that is said and no error: the images are published, or here, all the same.
    """
    if images.tree is None:
        return
    try:
        make_ignored((project.root / MEMORY_FILE).parent)
        with locked(project.root / LOCK_FILE):
            _write(project, images)
    except (OSError, UsageError) as error:
        why = error.message if isinstance(error, UsageError) else error.strerror
        report(Warned(f"a release on this machine will build anew: {MEMORY_FILE} cannot be kept: {why}"))


def _write(project: Project, images: QaImages) -> None:
    others = [one for one in known(project) if one.index != images.index]
    entries = [
        {
            "repository": one.repository,
            "index": one.index,
            "manifests": dict(one.manifests),
            "record": json.loads(one.record.content),
        }
        for one in [images, *others][:KEPT]
    ]
    content = json.dumps({"schema": 1, "images": entries}, indent=1).encode() + b"\n"
    write_atomically(project.root / MEMORY_FILE, content)


def known(project: Project) -> tuple[QaImages, ...]:
    """All that is kept; an entry that is damaged, or of another time, is passed over."""
    try:
        document = json.loads((project.root / MEMORY_FILE).read_text(encoding="utf-8"))
        entries = list(document["images"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return tuple(_entries(entries))


def _entries(entries: list[Any]) -> Iterator[QaImages]:
    for entry in entries:
        try:
            record = read(canonical(entry["record"]))
            manifests = {service: str(entry["manifests"][service]) for service in record.configs}
            yield QaImages(str(entry["repository"]), str(entry["index"]), record, manifests)
        except (ProjectError, ValueError, KeyError, TypeError):
            continue


def find(project: Project, tree: str, platform: str) -> QaImages | None:
    """The newest tested images of production that were built from this tree, for this platform."""
    for one in known(project):
        platforms = {image.platform for image in one.record.services.values()}
        same = (one.record.name, one.environment, one.tree, platforms) == (project.name, PRODUCTION, tree, {platform})
        if same and _passed(one):
            return one
    return None


def _passed(images: QaImages) -> bool:
    """Whether tests ran and none failed, in the build that these very images came from."""
    built = {name: image.config for name, image in images.record.services.items() if image.source is None}
    result = images.evidence
    return result.images == built and result.passed > 0 and not result.failed and not result.exit


def take(
    project: Project, tree: str, tags: Mapping[str, str], left: Path, report: Report = silent
) -> TestedBuild | None:
    """Give the tested images of this tree a release's local tags (service -> tag); None when there are none.

    What is not on this machine is pulled. Where that fails this is said, and None: the release builds as usual. What
    their tests wrote comes to the folder `left`, where it is on this machine.
    """
    found = find(project, tree, docker.require_engine().platform)
    if found is None or set(found.record.configs) != set(tags):
        return None
    try:
        with step(report, f"take the images of {found.origin}"):
            names = {service: fetch.bring(found, service, report) for service in tags}
            for service, tag in tags.items():
                docker.tag(names[service], tag)
    except (CommandFailed, Refused) as error:
        report(Warned(f"the images of {found.origin} cannot be had, so they are built anew: {error.message}"))
        return None
    evidence.take(project, found, left, report)
    return TestedBuild(found.record.configs, found.evidence, found.record.npm)
