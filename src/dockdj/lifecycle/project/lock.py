"""Resolve dependencies: pyproject.toml and package.json -> the lock files, with hashes, without addresses.

Done by the uv and npm of the project's own images, so that the result does not depend on this machine.
"""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join

from dockdj.adapters import disk
from dockdj.adapters.disk import write_atomically
from dockdj.adapters.docker import client as docker
from dockdj.errors import ProjectError
from dockdj.events import Report, silent, step
from dockdj.lifecycle.build.images import BuildRequest, bake_images
from dockdj.lifecycle.build.services import sources_of
from dockdj.model import json_document
from dockdj.model.project.compose_file import Build, Service
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import DEVELOPMENT, NPM_LOCK, NPM_SETTINGS

COMPILE = ("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate")


@dataclass(frozen=True)
class Locked:
    """A lock file, and whether its content changed."""

    path: str
    changed: bool


def python_commands(project: Project, upgrade: bool) -> tuple[tuple[str, ...], ...]:
    """The commands that lock Python packages: production's first, because development has the same and more."""
    more = ("--upgrade",) if upgrade else ()
    compile_command = (*COMPILE, *more, project.packages.python)
    production, development = project.production.requirements, project.files(DEVELOPMENT).requirements
    return (
        (*compile_command, "--output-file", production),
        (*compile_command, "--group", "dev", "--constraint", production, "--output-file", development),
    )


def node_commands(project: Project, upgrade: bool) -> tuple[tuple[str, ...], ...]:
    """The commands that lock npm packages."""
    folder = dirname(project.packages.npm)
    where = ("--prefix", folder) if folder else ()
    return (("npm", *where, "update" if upgrade else "install", "--package-lock-only", "--ignore-scripts"),)


def without_addresses(lock: str) -> str:
    """A package-lock.json without addresses: the funding links of packages are removed."""
    try:
        document = json_document.table(json_document.parse(lock))
        for package in json_document.table(document.get("packages", {})).values():
            dict.pop(package, "funding", None)
    except (ValueError, TypeError) as error:
        raise ProjectError(
            f"npm wrote a lock of another form: {error}", hint="upgrade npm in the image `npm`"
        ) from error
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def lock(project: Project, *, upgrade: bool = False, report: Report = silent) -> tuple[Locked, ...]:
    """Write the lock files, all or nothing.

    `upgrade` selects the newest versions that the requirements allow; without it, versions stay where possible.
    Raises ProjectError without the needed files, CommandFailed with the output of uv or npm.
    """
    packages = project.packages
    for name in (packages.dockerfile, packages.python, packages.network):
        if not (project.root / name).is_file():
            raise ProjectError(f"{name} does not exist", hint="`dockdj lock` needs the recipe's Dockerfile")
    docker.require_engine()
    stages = {"uv": python_commands(project, upgrade)}
    if (project.root / packages.npm).is_file():
        stages["npm"] = node_commands(project, upgrade)
    with step(report, f"build {' and '.join(stages)}"):
        images = _build(project, tuple(stages), report)
    npm_lock, npm_settings = (join(dirname(packages.npm), name) for name in (NPM_LOCK, NPM_SETTINGS))
    locks = [project.production.requirements, project.files(DEVELOPMENT).requirements]
    with tempfile.TemporaryDirectory(prefix="dockdj-lock-") as folder:
        work = Path(folder)
        for path in (packages.python, *locks, packages.npm, npm_lock, npm_settings, packages.network):
            if (project.root / path).is_file():
                (work / path).parent.mkdir(parents=True, exist_ok=True)
                disk.write(work / path, (project.root / path).read_bytes())
        for stage, commands in stages.items():
            with step(report, f"resolve with {stage}"):
                for command in commands:
                    _run(project, images[stage], command, work, report)
        if "npm" in stages:
            disk.write(work / npm_lock, without_addresses((work / npm_lock).read_text()).encode())
            locks.append(npm_lock)
        return tuple(_write_changed(work / path, project.root / path, path) for path in locks)


def _build(project: Project, stages: tuple[str, ...], report: Report) -> dict[str, str]:
    services = tuple(Service(stage, build=Build(".", project.packages.dockerfile, stage)) for stage in stages)
    tags = {stage: f"{project.name}/{stage}:lock" for stage in stages}
    bake_images(BuildRequest(project, project.root, services, tags), report)
    return tags


def _run(project: Project, image: str, command: tuple[str, ...], work: Path, report: Report) -> None:
    sources = sources_of(project)
    with tempfile.NamedTemporaryFile("w", prefix="dockdj-mirrors-") as mirrors:
        mirrors.write(sources.mirrors)
        mirrors.flush()
        mounts = {str(work): "/work", mirrors.name: "/run/secrets/mirrors:ro"}
        if sources.ca_bundle:
            mounts[sources.ca_bundle] = "/run/secrets/ca:ro"
        argv = ("sh", "-c", f'. ./{project.packages.network} && exec "$0" "$@"', *command)
        docker.run_mounted(
            image, argv, mounts=mounts, folder="/work", user=f"{os.getuid()}:{os.getgid()}", report=report
        )


def _write_changed(resolved: Path, own: Path, path: str) -> Locked:
    changed = not own.is_file() or own.read_bytes() != resolved.read_bytes()
    if changed:
        write_atomically(own, resolved.read_bytes())
    return Locked(path, changed)
