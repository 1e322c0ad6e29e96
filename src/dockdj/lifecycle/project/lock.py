"""Resolve dependencies anew: pyproject.toml and package.json -> the lock files, with hashes, without addresses.

Done by the uv and npm of the project's own images, so that the result does not depend on this machine.
"""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters.disk import write_atomically
from dockdj.adapters.docker import client as docker
from dockdj.errors import ProjectError
from dockdj.events import Report, silent, step
from dockdj.lifecycle.build.images import BuildRequest, bake_images
from dockdj.lifecycle.build.services import sources_of
from dockdj.model.project.build_sources import Sources
from dockdj.model.project.compose_file import Build, Service
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import (
    DEVELOPMENT,
    DOCKERFILE,
    LOCK,
    NETWORK,
    NPM_LOCK,
    NPM_PROJECT,
    NPM_SETTINGS,
    PRODUCTION,
    PYTHON_PACKAGES,
)

PROD_LOCK, DEV_LOCK = (LOCK.format(environment=environment) for environment in (PRODUCTION, DEVELOPMENT))

COMPILE = ("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate")


@dataclass(frozen=True)
class Locked:
    """A lock file, and whether it is another one now."""

    path: str
    changed: bool


def python_commands(upgrade: bool) -> tuple[tuple[str, ...], ...]:
    """What locks Python packages: production's first, because development has the same and more."""
    more = ("--upgrade",) if upgrade else ()
    return (
        (*COMPILE, *more, PYTHON_PACKAGES, "--output-file", PROD_LOCK),
        (*COMPILE, *more, PYTHON_PACKAGES, "--group", "dev", "--constraint", PROD_LOCK, "--output-file", DEV_LOCK),
    )


def node_commands(upgrade: bool) -> tuple[tuple[str, ...], ...]:
    """What locks npm packages."""
    return (("npm", "update" if upgrade else "install", "--package-lock-only", "--ignore-scripts"),)


def without_addresses(lock: str) -> str:
    """A package-lock.json whose entries name no server: where a package asks for money is no part of a lock."""
    document = json.loads(lock)
    for package in document.get("packages", {}).values():
        package.pop("funding", None)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def lock(project: Project, *, upgrade: bool = False, report: Report = silent) -> tuple[Locked, ...]:
    """Write the lock files; nothing is written unless all could be resolved.

    `upgrade` takes the newest versions that the requirements allow; without it, versions stay where they can.
    Raises ProjectError when the project has no such Dockerfile, CommandFailed with what uv or npm says.
    """
    for name in (DOCKERFILE, PYTHON_PACKAGES, NETWORK):
        if not (project.root / name).is_file():
            raise ProjectError(f"{name} does not exist", hint="`dockdj lock` needs the recipe's Dockerfile")
    docker.require_engine()
    sources = sources_of(project)
    stages = {"uv": python_commands(upgrade)}
    if (project.root / NPM_PROJECT).is_file():
        stages["npm"] = node_commands(upgrade)
    with step(report, f"build {' and '.join(stages)}"):
        images = _build(project, tuple(stages), report)
    with tempfile.TemporaryDirectory(prefix="dockdj-lock-") as folder:
        work = Path(folder)
        paths = [PYTHON_PACKAGES, PROD_LOCK, DEV_LOCK, NPM_PROJECT, NPM_LOCK, NPM_SETTINGS, NETWORK]
        for path in paths:
            if (project.root / path).is_file():
                (work / path).parent.mkdir(parents=True, exist_ok=True)
                (work / path).write_bytes((project.root / path).read_bytes())
        for stage, commands in stages.items():
            with step(report, f"resolve with {stage}"):
                for command in commands:
                    _run(images[stage], command, work, sources, report)
        if "npm" in stages:
            (work / NPM_LOCK).write_text(without_addresses((work / NPM_LOCK).read_text()))
        written = [PROD_LOCK, DEV_LOCK, *([NPM_LOCK] if "npm" in stages else [])]
        return tuple(_taken_over(work / path, project.root / path, path) for path in written)


def _build(project: Project, stages: tuple[str, ...], report: Report) -> dict[str, str]:
    services = tuple(Service(stage, build=Build(".", DOCKERFILE, stage)) for stage in stages)
    tags = {stage: f"{project.name}/{stage}:lock" for stage in stages}
    bake_images(BuildRequest(project, project.root, services, tags), report)
    return tags


def _run(image: str, command: tuple[str, ...], work: Path, sources: Sources, report: Report) -> None:
    with tempfile.NamedTemporaryFile("w", prefix="dockdj-mirrors-") as mirrors:
        mirrors.write(sources.mirrors)
        mirrors.flush()
        mounts = {str(work): "/work", mirrors.name: "/run/secrets/mirrors:ro"}
        if sources.ca_bundle:
            mounts[sources.ca_bundle] = "/run/secrets/ca:ro"
        argv = ("sh", "-c", f'. ./{NETWORK} && exec "$0" "$@"', *command)
        docker.run_mounted(
            image, argv, mounts=mounts, folder="/work", user=f"{os.getuid()}:{os.getgid()}", report=report
        )


def _taken_over(made: Path, own: Path, path: str) -> Locked:
    changed = not own.is_file() or own.read_bytes() != made.read_bytes()
    if changed:
        write_atomically(own, made.read_bytes())
    return Locked(path, changed)
