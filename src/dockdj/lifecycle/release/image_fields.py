"""Build and test a checkout's images and produce the record fields that describe them."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Image
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import repository as git
from dockdj.adapters.inventory import inventory
from dockdj.errors import DockdjError, ProjectError
from dockdj.events import Report, step
from dockdj.lifecycle.build import bases, tested_build
from dockdj.lifecycle.build.evidence_folder import keep
from dockdj.lifecycle.build.gate import check_gate
from dockdj.lifecycle.build.images import BuildRequest
from dockdj.lifecycle.build.services import obtain, provide, read_services, sources_of
from dockdj.lifecycle.smoke import run
from dockdj.lifecycle.smoke.run import SmokeRequest
from dockdj.lifecycle.tested_images import memory
from dockdj.model.canonical import digest_of
from dockdj.model.image_names import local_tag
from dockdj.model.inventory.inventory import Inventory
from dockdj.model.project.compose_file import Service, released
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION, PRODUCTION_COMPOSE_FILE
from dockdj.model.release.image import OperatingSystem, RunSettings, ServiceImage
from dockdj.model.release.suites import SuiteResult
from dockdj.model.version import Version


@dataclass(frozen=True)
class ImageFields:
    """The fields of a release record that come from its images. `compose` is the digest of the compose file."""

    services: Mapping[str, ServiceImage]
    npm: Mapping[str, str]
    compose: str
    evidence: tuple[SuiteResult, ...]


def assemble(
    project: Project,
    version: Version,
    folder: Path,
    report: Report,
    *,
    tree: str | None = None,
    known: tuple[str, ...] = (),
    no_cache: bool = False,
    images: Mapping[str, str] | None = None,
    reports: Mapping[str, bytes] | None = None,
) -> ImageFields:
    """Build and test the images of a checkout; the record's fields that come from them.

    Images that were built and tested from this very `tree` for quality assurance are reused. `known` are tests that
    may fail, because they fail on the stack that a restack leaves, too. `images` are the images of services that are
    not built, service -> name on this machine; without an entry the compose file names the image.

    The files that the checks wrote are kept for people in .dockdj/evidence/VERSION, with `reports`, file -> content.
    Raises Refused when a check of the gate or of the assembled release fails.
    """
    services = released(read_services(folder, PRODUCTION))
    check_gate(services, folder)
    tags = {service.name: local_tag(project.name, version, service.name) for service in services}
    with tempfile.TemporaryDirectory(prefix="dockdj-evidence-") as name:
        evidence = Path(name)
        for file, content in (reports or {}).items():
            (evidence / file).write_bytes(content)
        try:
            taken = memory.take(project, tree, tags, evidence, report) if tree else None
            if taken is None:
                request = BuildRequest(project, folder, services, tags, no_cache=no_cache)
                taken = tested_build.build(request, evidence, report, known=known)
            recorded = _contents(project, folder, services, tags, taken.configs, images or {}, report)
            configs = {name: image.config for name, image in recorded.items()}
            smoked = run.run(SmokeRequest(project, folder, tags, configs, logs=evidence / "smoke"), report)
        finally:
            if any(evidence.iterdir()):
                keep(evidence, project, str(version), report)
    compose = digest_of((folder / PRODUCTION_COMPOSE_FILE).read_bytes())
    return ImageFields(recorded, taken.npm, compose, (taken.evidence, smoked))


@contextmanager
def unfinished(project: Project, repository: git.Repository, version: Version) -> Iterator[None]:
    """Take the local tags of a version's images away again where its release did not come to be.

    Another clone of the project may have released this version on the same engine: what its tags named they name again.
    """
    before = _tagged(project, version)
    try:
        yield
    finally:
        if f"refs/tags/{version.tag}" not in git_references.read(repository).commits:
            for tag, config in _tagged(project, version).items():
                with suppress(DockdjError):
                    if tag not in before:
                        docker.remove_image(tag)
                    elif before[tag] != config:
                        docker.tag(before[tag], tag)


def _tagged(project: Project, version: Version) -> dict[str, str]:
    """Local tag of a version's image -> its configuration's digest."""
    found = {tag: docker.image(tag) for tag in docker.tags(local_tag(project.name, version, "*"))}
    return {tag: image.config for tag, image in found.items() if image}


def _contents(
    project: Project,
    folder: Path,
    services: tuple[Service, ...],
    tags: Mapping[str, str],
    configs: Mapping[str, str],
    images: Mapping[str, str],
    report: Report,
) -> dict[str, ServiceImage]:
    """Service -> its image. Images that are not built are pulled, and named like the built ones."""
    provide(services, sources_of(project), report)
    for service in services:
        # Those taken from quality assurance have their name already.
        if service.image and not service.build and service.name not in configs:
            image = images.get(service.name, service.image)
            obtain(image, report)
            docker.tag(image, tags[service.name])
    with step(report, f"take the inventory of {', '.join(tags)}"):
        return _describe(project, folder, services, tags, configs)


def _describe(
    project: Project,
    folder: Path,
    services: tuple[Service, ...],
    tags: Mapping[str, str],
    configs: Mapping[str, str],
) -> dict[str, ServiceImage]:
    names = {service.name: bases.named(folder, service) for service in services}
    here = {name: project.build.image(name) for each in names.values() for name in each}
    inventories = inventory.read_all(
        tags, bases={service: tuple(here[name] for name in each) for service, each in names.items()}
    )
    recorded = {}
    for service in services:
        image = docker.image(tags[service.name])
        if image is None:
            raise ProjectError(f"the build made no image for {service.name}")
        described = service_image(image, inventories[service.name])
        if base := described.base:
            base = replace(base, name=next(name for name in names[service.name] if here[name] == base.name))
        recorded[service.name] = replace(
            described,
            config=configs.get(service.name, image.config),
            source=service.image if not service.build else None,
            base=base,
        )
    return recorded


def service_image(image: Image, contents: Inventory) -> ServiceImage:
    """The record's description of a built image of the engine, with its inventory."""
    system = None
    if contents.os_packages is not None:
        system = OperatingSystem(contents.os_id, contents.os_version, contents.os_packages)
    run = image.run
    return ServiceImage(
        config=image.config,
        diff_ids=image.diff_ids,
        platform=image.platform,
        size=image.size,
        source=None,
        base=contents.base,
        run=RunSettings(tuple(run["cmd"]), tuple(run["entrypoint"]), run["user"], tuple(run["ports"])),
        runtime=contents.runtime,
        files=contents.files,
        os=system,
        python=contents.python,
        npm=contents.npm,
        unmanaged=contents.unmanaged,
    )
