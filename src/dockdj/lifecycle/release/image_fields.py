"""Build and test a checkout's images and produce the record fields that describe them."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dockdj.adapters import disk
from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Image
from dockdj.adapters.inventory import inventory
from dockdj.errors import ProjectError
from dockdj.events import Report, step
from dockdj.lifecycle.build import bases, tested_build
from dockdj.lifecycle.build.evidence_folder import keep
from dockdj.lifecycle.build.gate import check_gate
from dockdj.lifecycle.build.images import BuildRequest
from dockdj.lifecycle.build.services import obtain, provide, read_services, sources_of
from dockdj.lifecycle.build.tested_build import TestedBuild
from dockdj.lifecycle.bundle import files as bundle_files
from dockdj.lifecycle.bundle.containers import of_checkout as containers_of
from dockdj.lifecycle.release import migrations
from dockdj.lifecycle.release.migrations import NoAnswer
from dockdj.lifecycle.smoke import run
from dockdj.lifecycle.smoke.run import SmokeRequest
from dockdj.lifecycle.tested_images import memory
from dockdj.model.beanstalk.containers import Containers
from dockdj.model.canonical import digest_of
from dockdj.model.image_names import local_tag
from dockdj.model.inventory.inventory import Inventory
from dockdj.model.project.compose_file import Service, released
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION
from dockdj.model.release.image import OperatingSystem, RunSettings, ServiceImage
from dockdj.model.release.loader_answer import LoaderAnswer
from dockdj.model.release.suites import SuiteResult
from dockdj.model.version import Version

NOT_ASKED = NoAnswer("no image was asked", asked=False)


@dataclass(frozen=True)
class AssemblyRequest:
    """The images of a version to build and test, from the checkout in `folder`.

    Images that were tested from the same `tree` are reused; None builds. `known` names tests that may fail, because
    they also fail on the stack that a restack leaves. `pulled` is service -> image on this machine for services that
    are not built; without an entry, the compose file names the image. `reports` are further files of evidence.
    """

    project: Project
    version: Version
    folder: Path
    tree: str | None = None
    known: tuple[str, ...] = ()
    no_cache: bool = False
    pulled: Mapping[str, str] = field(default_factory=dict)
    reports: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class ImageFields:
    """The fields of a release record that come from its images and its compose file, whose digest is `compose`.

    `migrations` is what Django's loader said in the application's image.
    """

    services: Mapping[str, ServiceImage]
    npm: Mapping[str, str]
    compose: str
    containers: Containers
    evidence: tuple[SuiteResult, ...]
    migrations: LoaderAnswer | NoAnswer = NOT_ASKED


def assemble(request: AssemblyRequest, report: Report) -> ImageFields:
    """Build and test images, alone and together; return the record's fields that describe them.

    The evidence is kept for people in .dockdj/evidence/VERSION, also after a failure. Raises Refused when a check of
    the gate or of the assembled release fails.
    """
    project, folder = request.project, request.folder
    services = released(read_services(project, PRODUCTION, folder))
    check_gate(services, folder)
    containers = containers_of(project, folder)
    bundle_files.check_needed(folder, containers.files)
    tags = {service.name: local_tag(project.name, request.version, service.name) for service in services}
    with tempfile.TemporaryDirectory(prefix="dockdj-evidence-") as name:
        evidence = Path(name)
        for file, content in request.reports.items():
            disk.write(evidence / file, content)
        try:
            tested = _tested_images(request, services, tags, evidence, report)
            images = _record_images(request, services, tags, tested.configs, report)
            configs = {service: image.config for service, image in images.items()}
            smoke_test = run.run(SmokeRequest(project, folder, tags, configs, logs=evidence / "smoke"), report)
            loaded = migrations.read(project, folder, tags, report)
        finally:
            if any(evidence.iterdir()):
                keep(evidence, project, str(request.version), report)
    compose = digest_of((folder / project.production.compose).read_bytes())
    return ImageFields(images, tested.npm, compose, containers, (tested.evidence, smoke_test), loaded)


def _tested_images(
    request: AssemblyRequest, services: tuple[Service, ...], tags: Mapping[str, str], evidence: Path, report: Report
) -> TestedBuild:
    """Take images that were tested from the same tree, or build and test them now."""
    if request.tree and (tested := memory.take(request.project, request.tree, tags, evidence, report)):
        return tested
    build = BuildRequest(request.project, request.folder, services, tags, no_cache=request.no_cache)
    return tested_build.build(build, evidence, report, known=request.known)


def _record_images(
    request: AssemblyRequest,
    services: tuple[Service, ...],
    tags: Mapping[str, str],
    configs: Mapping[str, str],
    report: Report,
) -> dict[str, ServiceImage]:
    """Describe the image of each service, after pulling the images that are not built."""
    provide(services, sources_of(request.project), report)
    for service in services:
        # Reused images have their tags already.
        if service.image and not service.build and service.name not in configs:
            image = request.pulled.get(service.name, service.image)
            obtain(image, report)
            docker.tag(image, tags[service.name])
    bases.warn_of_unknown(request.folder, services, "not recorded", report)
    with step(report, f"take the inventory of {', '.join(tags)}"):
        return _describe(request, services, tags, configs)


def _describe(
    request: AssemblyRequest, services: tuple[Service, ...], tags: Mapping[str, str], configs: Mapping[str, str]
) -> dict[str, ServiceImage]:
    base_names = {service.name: bases.named(request.folder, service) for service in services}
    # [build] may replace a base image, but the record has the Dockerfile's name.
    replaced = {name: request.project.build.image(name) for names in base_names.values() for name in names}
    inventories = inventory.read_all(
        tags, bases={service: tuple(replaced[name] for name in names) for service, names in base_names.items()}
    )
    images = {}
    for service in services:
        image = docker.image(tags[service.name])
        if image is None:
            raise ProjectError(f"the build made no image for {service.name}")
        described = service_image(image, inventories[service.name])
        if base := described.base:
            base = replace(base, name=next(name for name in base_names[service.name] if replaced[name] == base.name))
        images[service.name] = replace(
            described,
            config=configs.get(service.name, image.config),
            source=service.image if not service.build else None,
            base=base,
        )
    return images


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
