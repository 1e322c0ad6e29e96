"""A release put together for a test: the stack of its images and of those that stand in for a target's services."""

import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockdj.adapters import compose_file
from dockdj.adapters.disk import text_of, write_atomically
from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker import throwaway_stack
from dockdj.adapters.docker.compose import LOCAL_PROFILE
from dockdj.adapters.docker.throwaway_stack import LABEL, SmokeStack, removed_afterwards
from dockdj.adapters.machine import owner
from dockdj.errors import Refused
from dockdj.events import Report
from dockdj.lifecycle.build.images import BuildRequest, bake_images
from dockdj.lifecycle.build.services import obtain, provide, read_services, sources_of
from dockdj.lifecycle.smoke import variables as smoke_variables
from dockdj.model.image_names import image_name
from dockdj.model.project.compose_file import Service
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION, PRODUCTION_COMPOSE_FILE
from dockdj.model.smoke import compose_file as smoke_compose


@dataclass(frozen=True)
class SmokeRelease:
    """What is put together: the checkout, its compose file, and the images by service."""

    folder: Path
    document: Mapping[str, Any]
    tags: Mapping[str, str]
    backing: Mapping[str, str]


def read(project: Project, folder: Path, tags: Mapping[str, str], report: Report) -> SmokeRelease:
    """The release of the checkout in `folder`, its backing services' images in the engine. Raises ProjectError."""
    name = PRODUCTION_COMPOSE_FILE
    document = compose_file.parse(text_of(folder, name), name)
    return SmokeRelease(folder, document, tags, _backing(project, folder, report))


@contextmanager
def assembled(project: Project, release: SmokeRelease) -> Iterator[tuple[SmokeStack, Path]]:
    """The release's stack, not yet started, and its `.env`; nothing of either is left afterwards."""
    name = f"{project.name}-smoke-{secrets.token_hex(4)}"
    values = smoke_variables.values(release.folder)
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as temporary:
        env_file, file = Path(temporary) / "env", Path(temporary) / "docker-compose.json"
        write_atomically(env_file, values.encode(), mode=0o600)
        made = smoke_compose.assembled(
            release.document,
            images=release.tags,
            backing=release.backing,
            env_file=str(env_file),
            label=(LABEL, owner()),
            variables={"DOCKDJ_RELEASE": name, "DOCKDJ_RECORD": ""},
            exists=lambda path: (release.folder / path).exists(),
        )
        write_atomically(file, json.dumps(made, default=str).encode(), mode=0o600)
        variables = {"DOCKDJ_UID": str(os.getuid()), "DOCKDJ_GID": str(os.getgid())}
        stack = SmokeStack(name, file, variables, (release.folder / PRODUCTION_COMPOSE_FILE).parent)
        with removed_afterwards(stack):
            yield stack, env_file


def _backing(project: Project, folder: Path, report: Report) -> dict[str, str]:
    """The services that stand in for a target's own, and their images, which the engine then has."""
    services = read_services(folder, PRODUCTION)
    local = tuple(one for one in services if LOCAL_PROFILE in one.profiles)
    made = {one.name: image_name(project.name, "smoke", one.name) for one in local if one.build}
    if made:
        bake_images(BuildRequest(project, folder, local, made), report)
    provide(local, sources_of(project), report)
    named = {one.name: made.get(one.name) or _image_of(one) for one in local}
    for image in set(named.values()):
        obtain(image, report)
    return named


def _image_of(service: Service) -> str:
    assert service.image is not None
    return service.image


def named(name: str) -> dict[str, str]:
    """An image of others, as a record names it."""
    found = docker.image(name)
    return {"name": name, "config": found.config if found else ""}


def image_id(service: str, tag: str, config: str) -> str:
    """The engine's id of a service's image. Raises Refused when the tag names another image than was built."""
    found = docker.image(tag)
    if found is None or (found.config != config and not throwaway_stack.names_by_manifest()):
        raise Refused(
            f"{tag} does not name the image that was built for {service}: {config[:19]}",
            hint="somebody else moved the tag meanwhile: run the command again",
        )
    return found.config
