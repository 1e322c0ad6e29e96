"""Build an environment's images from the working tree, and any checkout's images through the quality gate."""

import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters import disk
from dockdj.adapters.disk import make_ignored, write_atomically
from dockdj.adapters.docker import client as docker
from dockdj.errors import CommandFailed, ProjectError
from dockdj.events import Finished, Report, Started, silent
from dockdj.lifecycle.build import dockerfiles
from dockdj.lifecycle.build.gate import GateClosed, bake_through_gate, check_gate
from dockdj.lifecycle.build.services import read_services, sources_of
from dockdj.lifecycle.bundle import dockerrun
from dockdj.model.build.bake_definition import BuildOptions
from dockdj.model.image_names import image_name
from dockdj.model.project.compose_file import Service
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION

# Ignored by Git.
TEST_RUN_FILE = ".dockdj/test-run"


@dataclass(frozen=True)
class BuiltImage:
    """An image of the engine: its service, its local tag and the digest of its configuration."""

    service: str
    tag: str
    config: str


@dataclass(frozen=True)
class BuildRequest:
    """A build of the services that have a tag (service -> tag), from the checkout in `folder`.

    `test_run` names a run of the tests: a name that the build cache does not hold runs them. Without a name, tests
    whose inputs are unchanged run again only after a failure.
    `past_gate` builds although the gate is closed, for a caller that has judged the gate's evidence.
    """

    project: Project
    folder: Path
    services: tuple[Service, ...]
    tags: Mapping[str, str]
    evidence_folder: str | None = None
    test_run: str | None = None
    no_cache: bool = False
    past_gate: bool = False


def build(
    project: Project, environment: str, report: Report = silent, *, no_cache: bool = False
) -> tuple[BuiltImage, ...]:
    """Build all images of an environment. Raises Refused when a check of the quality gate fails."""
    services = read_services(project, environment)
    if environment == PRODUCTION:
        dockerrun.check(project)
        check_gate(services, project.root)
    docker.require_engine()
    tags = {service.name: image_name(project.name, environment, service.name) for service in services if service.build}
    if not tags:
        raise ProjectError(f"no service of environment `{environment}` is built")
    name = f"build {', '.join(tags)} for {environment}"
    report(Started(name))
    digests = bake_images(BuildRequest(project, project.root, services, tags, no_cache=no_cache), report)
    report(Finished(name))
    if unnamed := [service for service in tags if service not in digests]:
        raise CommandFailed(f"buildx built {', '.join(unnamed)}, but names no image", hint="upgrade buildx")
    return tuple(BuiltImage(service, tags[service], digests[service]) for service in tags)


def bake_images(request: BuildRequest, report: Report = silent) -> dict[str, str]:
    """Build what was requested; return service -> config digest.

    Raises GateClosed, and ProjectError for a Dockerfile that BuildKit refuses.
    """
    project = request.project
    for service in request.services:
        if service.build:
            dockerfiles.check(request.folder, service.build)
    with tempfile.TemporaryDirectory(prefix="dockdj-gate-") as passed_gate:
        disk.write(Path(passed_gate) / "checks-passed", b"passed\n")
        options = BuildOptions(
            evidence_folder=request.evidence_folder,
            test_run=request.test_run or _last_test_run(project),
            no_cache=request.no_cache,
            sources=sources_of(project),
            gate_folder=passed_gate if request.past_gate else None,
        )
        try:
            return bake_through_gate(project, request.folder, request.services, request.tags, options, report)
        except GateClosed:
            if request.test_run is None:
                _renew_test_run(project)
            raise


def _last_test_run(project: Project) -> str | None:
    """The run of tests whose results this checkout's builds take from the build cache."""
    try:
        return (project.root / TEST_RUN_FILE).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def _renew_test_run(project: Project) -> None:
    """Name a new run of tests: a failed test may pass without a change, and the build cache must not repeat it."""
    file = project.root / TEST_RUN_FILE
    make_ignored(file.parent)
    write_atomically(file, uuid.uuid4().hex.encode() + b"\n")
