"""Assemble a release for its smoke test: a stack of its images, and of backing services that replace a target's."""

import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockdj.adapters.disk import write_atomically
from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker import throwaway_stack
from dockdj.adapters.docker.compose import LOCAL_PROFILE
from dockdj.adapters.docker.throwaway_stack import LABEL, SmokeStack, removed_afterwards
from dockdj.adapters.machine import owner
from dockdj.errors import Raced
from dockdj.events import Report
from dockdj.lifecycle.build.images import BuildRequest, bake_images
from dockdj.lifecycle.build.services import obtain, provide, read_services, sources_of
from dockdj.lifecycle.bundle import compose
from dockdj.lifecycle.smoke import variables as smoke_variables
from dockdj.model.image_names import image_name
from dockdj.model.project.compose_file import Service
from dockdj.model.project.layout import Layout
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION
from dockdj.model.release.suites import BackingImage
from dockdj.model.smoke import compose_file as smoke_compose
from dockdj.model.smoke.compose_file import Replacements


@dataclass(frozen=True)
class SmokeRelease:
    """A release to assemble: the checkout, its compose file, and service -> image of released and backing services.

    `layout` names the parts of the project.
    """

    folder: Path
    document: Mapping[str, Any]
    tags: Mapping[str, str]
    backing: Mapping[str, str]
    layout: Layout


def read(project: Project, folder: Path, tags: Mapping[str, str], report: Report) -> SmokeRelease:
    """Read the release of the checkout in `folder`, and pull or build its backing services. Raises ProjectError."""
    document = compose.in_checkout(folder, project.production.compose).model
    return SmokeRelease(folder, document, tags, _backing(project, folder, report), project.layout)


@contextmanager
def assembled(project: Project, release: SmokeRelease) -> Iterator[tuple[SmokeStack, Path]]:
    """The release's stack, not yet started, and its `.env`; both are removed afterwards."""
    name = f"{project.name}-smoke-{secrets.token_hex(4)}"
    values = smoke_variables.values(project, release.folder)
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as temporary:
        env_file, file = Path(temporary) / "env", Path(temporary) / "docker-compose.json"
        write_atomically(env_file, values.encode(), mode=0o600)
        replacements = Replacements(
            images=release.tags,
            backing=release.backing,
            env_file=str(env_file),
            label=(LABEL, owner()),
            variables={"DOCKDJ_RELEASE": name, "DOCKDJ_RECORD": ""},
            exists=lambda path: (release.folder / path).exists(),
            files=project.production,
        )
        document = smoke_compose.assembled(release.document, replacements)
        write_atomically(file, json.dumps(document, default=str).encode(), mode=0o600)
        variables = {"DOCKDJ_UID": str(os.getuid()), "DOCKDJ_GID": str(os.getgid())}
        stack = SmokeStack(name, file, variables, (release.folder / project.production.compose).parent)
        with removed_afterwards(stack):
            yield stack, env_file


def _backing(project: Project, folder: Path, report: Report) -> dict[str, str]:
    """The backing services, which replace a target's services: service -> image, each built or pulled."""
    services = read_services(project, PRODUCTION, folder)
    local = tuple(service for service in services if LOCAL_PROFILE in service.profiles)
    built = {service.name: image_name(project.name, "smoke", service.name) for service in local if service.build}
    if built:
        bake_images(BuildRequest(project, folder, local, built), report)
    provide(local, sources_of(project), report)
    backing = {service.name: built.get(service.name) or _image_of(service) for service in local}
    for image in set(backing.values()):
        obtain(image, report)
    return backing


def _image_of(service: Service) -> str:
    assert service.image is not None
    return service.image


def backing_image(name: str) -> BackingImage:
    """The image of a backing service, as a record names it."""
    image = docker.image(name)
    return BackingImage(name, image.config if image else "")


def image_id(service: str, tag: str, config: str) -> str:
    """The engine's id of a service's image. Raises Raced when the tag no longer names the built image."""
    image = docker.image(tag)
    if image is None or (image.config != config and not throwaway_stack.names_by_manifest()):
        raise Raced(
            f"{tag} does not name the image that was built for {service}: {config[:19]}",
            hint="another command moved the tag: run this command again",
        )
    return image.config
