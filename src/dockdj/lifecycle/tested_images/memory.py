"""This machine's memory of tested images: a file in the project, so that a release needs no registry for them."""

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
from dockdj.model import json_document
from dockdj.model.build.tested_images import QaImages
from dockdj.model.build.tested_record import read
from dockdj.model.canonical import canonical
from dockdj.model.json_document import items, table, text
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION

# Ignored by Git.
MEMORY_FILE = ".dockdj/qa.json"
LOCK_FILE = ".dockdj/qa.lock"
KEPT = 20


def remember(project: Project, images: QaImages, report: Report = silent) -> None:
    """Remember tested images, the newest first; images of modified files are left out, since no release can take them.

    A failed write is only a warning: it does not affect the images.
    """
    if images.tree is None:
        return
    try:
        make_ignored((project.root / MEMORY_FILE).parent)
        with locked(project.root / LOCK_FILE):
            _write(project, images)
    except (OSError, UsageError, CommandFailed) as error:
        cause = error.strerror if isinstance(error, OSError) else error.message
        report(Warned(f"a release on this machine will build again: {MEMORY_FILE} cannot be written: {cause}"))


def _write(project: Project, images: QaImages) -> None:
    others = [each for each in known(project) if each.index != images.index]
    entries = [
        {
            "repository": each.repository,
            "index": each.index,
            "manifests": dict(each.manifests),
            "record": json_document.parse(each.record.content),
        }
        for each in [images, *others][:KEPT]
    ]
    content = json.dumps({"schema": 1, "images": entries}, indent=1).encode() + b"\n"
    write_atomically(project.root / MEMORY_FILE, content)


def known(project: Project) -> tuple[QaImages, ...]:
    """All remembered images; damaged entries, and entries of other versions of dockdj, are skipped."""
    try:
        document = table(json_document.parse((project.root / MEMORY_FILE).read_bytes()))
        entries = items(document["images"])
    except (OSError, ValueError, KeyError):
        return ()
    return tuple(_entries(entries))


def _entries(entries: list[Any]) -> Iterator[QaImages]:
    for entry in entries:
        try:
            record = read(canonical(entry["record"]))
            manifests = {service: text(table(entry["manifests"]), service) for service in record.configs}
            yield QaImages(text(entry, "repository"), text(entry, "index"), record, manifests)
        except (ProjectError, ValueError, KeyError, TypeError):
            continue


def find(project: Project, tree: str, platform: str) -> QaImages | None:
    """The newest tested images of production from this tree, for this platform."""
    for images in known(project):
        platforms = {image.platform for image in images.record.services.values()}
        origin = (images.record.name, images.environment, images.tree, platforms)
        if origin == (project.name, PRODUCTION, tree, {platform}) and _passed(images):
            return images
    return None


def _passed(images: QaImages) -> bool:
    """True if tests ran in these images' own build and none failed."""
    built = {name: image.config for name, image in images.record.services.items() if image.source is None}
    result = images.evidence
    return result.images == built and result.passed > 0 and not result.failed and not result.exit


def take(
    project: Project, tree: str, tags: Mapping[str, str], folder: Path, report: Report = silent
) -> TestedBuild | None:
    """Tag the tested images of this tree with a release's local tags (service -> tag); None without such images.

    Images that are not on this machine are pulled. A failed pull is only a warning, with the result None, so the
    release builds. `folder` receives the images' evidence if it is on this machine.
    """
    images = find(project, tree, docker.require_engine().platform)
    if images is None or set(images.record.configs) != set(tags):
        return None
    try:
        with step(report, f"take the images of {images.origin}"):
            names = {service: fetch.bring(images, service, report) for service in tags}
            for service, tag in tags.items():
                docker.tag(names[service], tag)
    except (CommandFailed, Refused) as error:
        report(Warned(f"the images of {images.origin} are not available, so they are built again: {error.message}"))
        return None
    evidence.take(project, images, folder, report)
    return TestedBuild(images.record.configs, images.evidence, images.record.npm)
