"""Build and test the images of a checkout, and take down what they are: all of a release but its name."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockdj.adapters import docker, inventory
from dockdj.errors import ProjectError
from dockdj.events import Report, step
from dockdj.lifecycle import base_images, qa_memory, smoke, tested_build
from dockdj.lifecycle.image import check_gate, obtain, provide, read_services, sources_of
from dockdj.lifecycle.smoke_evidence import keep
from dockdj.model.compose import Service, released
from dockdj.model.image_names import base_tag, local_tag
from dockdj.model.project import PRODUCTION, PRODUCTION_COMPOSE_FILE, Project
from dockdj.model.release import digest_of
from dockdj.model.version import Version


def assemble(
    project: Project,
    version: Version,
    folder: Path,
    report: Report,
    *,
    tree: str | None = None,
    known: tuple[str, ...] = (),
    no_cache: bool = False,
) -> dict[str, Any]:
    """Build and test the images of a checkout; the record's fields that come from them.

    Images that were built and tested from this very `tree` for quality assurance are taken as they are. `known` are
    tests that may fail, because they fail on the stack that a restack leaves, too. What the checks wrote is kept for
    people in .dockdj/evidence/VERSION. Raises Refused when a check of the gate or of the assembled release fails.
    """
    services = released(read_services(folder, PRODUCTION))
    check_gate(services, folder)
    tags = {service.name: local_tag(project.name, version, service.name) for service in services}
    with tempfile.TemporaryDirectory(prefix="dockdj-evidence-") as name:
        evidence = Path(name)
        try:
            taken = qa_memory.take(project, tree, tags, report) if tree else None
            if taken is None:
                taken = tested_build.build(
                    project, folder, services, tags, evidence, report, known=known, no_cache=no_cache
                )
            recorded = _contents(project, folder, services, tags, taken.configs, report)
            configs = {name: one["config"] for name, one in recorded.items()}
            smoked = smoke.run(project, folder, tags, configs, report, logs=evidence / "smoke")
        finally:
            if any(evidence.iterdir()):
                keep(evidence, project, version, report)
    return {
        "services": recorded,
        "npm": dict(taken.npm),
        "compose_file": digest_of((folder / PRODUCTION_COMPOSE_FILE).read_bytes()),
        "evidence": [dict(taken.evidence), smoked],
    }


def _contents(
    project: Project,
    folder: Path,
    services: tuple[Service, ...],
    tags: Mapping[str, str],
    configs: Mapping[str, str],
    report: Report,
) -> dict[str, Any]:
    """Services of the record, those that others made pulled and named like the built ones."""
    provide(services, sources_of(project), report)
    for service in services:
        # Those taken from quality assurance have their name already.
        if service.image and not service.build and service.name not in configs:
            obtain(service.image, report)
            docker.tag(service.image, tags[service.name])
    with step(report, f"take the inventory of {', '.join(tags)}"):
        return _describe(project, folder, services, tags, configs)


def _describe(
    project: Project,
    folder: Path,
    services: tuple[Service, ...],
    tags: Mapping[str, str],
    configs: Mapping[str, str],
) -> dict[str, Any]:
    names = {service.name: base_images.named(folder, service) for service in services}
    here = {name: project.build.image(name) for each in names.values() for name in each}
    inventories = inventory.read_all(
        tags, bases={name: tuple(here[one] for one in each) for name, each in names.items()}
    )
    recorded = {}
    for service in services:
        image = docker.image(tags[service.name])
        if image is None:
            raise ProjectError(f"the build made no image for {service.name}")
        fields = inventories[service.name]
        if base := fields["base"]:
            docker.tag(base["name"], base_tag(project.name, base["config"]))
            named = next(name for name in names[service.name] if here[name] == base["name"])
            fields = {**fields, "base": {**base, "name": named}}
        recorded[service.name] = {
            "config": configs.get(service.name, image.config),
            "diff_ids": list(image.diff_ids),
            "platform": image.platform,
            "size": image.size,
            "source": service.image if not service.build else None,
            "run": dict(image.run),
            **fields,
        }
    return recorded
