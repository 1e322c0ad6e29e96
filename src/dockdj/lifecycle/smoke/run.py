"""Smoke-test a release: start its images together, as they will run, with a real database."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters.disk import text_of
from dockdj.adapters.docker import client as docker
from dockdj.errors import CommandFailed
from dockdj.events import Report, silent
from dockdj.lifecycle.readiness import last
from dockdj.lifecycle.smoke import containers, project_test
from dockdj.lifecycle.smoke import stack as smoke_stack
from dockdj.lifecycle.smoke.checklist import CheckFailed, Suite
from dockdj.lifecycle.smoke.pages import Door, PageChecks, door
from dockdj.lifecycle.smoke.stack import SmokeRelease
from dockdj.model.project.layout import Layout
from dockdj.model.project.procfile import has_process
from dockdj.model.project.project import Project
from dockdj.model.release.suites import SuiteResult
from dockdj.model.smoke import compose_file as smoke_compose
from dockdj.model.smoke.evidence import entry

COMMAND_SECONDS = 120.0
NO_FRONT_DOOR = "no service that publishes a port has a health check"


@dataclass(frozen=True)
class SmokeRequest:
    """The images to test together: the checkout in `folder`, service -> local tag, and service -> config digest.

    `logs` is a folder for the containers' logs, which the caller keeps in .dockdj/evidence.
    """

    project: Project
    folder: Path
    tags: Mapping[str, str]
    configs: Mapping[str, str]
    logs: Path | None = None


def run(request: SmokeRequest, report: Report = silent) -> SuiteResult:
    """Test the images of a checkout together; return the record's evidence.

    Raises Refused when a check fails, with its name, the cause and the last lines of the containers concerned;
    Raced when a tag no longer names the built image, ProjectError for a wrong contract, MissingTool without an engine.
    """
    docker.require_engine()
    started = time.monotonic()
    tags, configs = request.tags, request.configs
    ids = {service: smoke_stack.image_id(service, tag, configs[service]) for service, tag in tags.items()}
    release = smoke_stack.read(request.project, request.folder, tags, report)
    with smoke_stack.assembled(request.project, release) as (stack, env_file):
        suite = Suite(stack, tuple(tags), report, request.logs)
        try:
            _check(suite, release, ids, env_file)
            backing = {service: smoke_stack.backing_image(image) for service, image in release.backing.items()}
        finally:
            suite.keep_logs()
    milliseconds = round((time.monotonic() - started) * 1000)
    images = {service: configs[service] for service in tags}
    return entry(suite.checks, images=images, backing=backing, milliseconds=milliseconds)


def _check(suite: Suite, release: SmokeRelease, ids: Mapping[str, str], env_file: Path) -> None:
    finishing = smoke_compose.finishing(release.document)
    if release.backing:
        with suite.check(f"backing services: {', '.join(release.backing)}"):
            containers.start(suite, list(release.backing))
    _release_process(suite, release)
    with suite.check(f"start: {', '.join(suite.services)}"):
        containers.start(suite, suite.services, finishing)
    started = time.monotonic()
    application = release.layout.application
    if application.service in suite.services and (release.folder / application.manage_file).is_file():
        with suite.check("no migration is left"):
            containers.migrations(suite, application, COMMAND_SECONDS)
    else:
        suite.skip("no migration is left", f"there is no {application.manage_file}")
    front_door = door(smoke_compose.published(release.document), suite.stack.containers(), application.port)
    missing = _check_pages(suite, release.layout, front_door)
    with suite.check("logs without errors"):
        containers.quiet(suite, missing)
    _run_project_test(suite, release, env_file, front_door)
    with suite.check("up, and of the images that were built"):
        containers.stay(suite, started, finishing)
        containers.same_images(suite, ids)
    stopping = smoke_compose.graceful(release.document) - finishing
    graceful = [service for service in suite.services if service in stopping]
    if graceful:
        with suite.check(f"stop: {', '.join(graceful)}"):
            containers.stop(suite, graceful)
    else:
        suite.skip("stop", "no service has a stop_grace_period or stop_signal")


def _release_process(suite: Suite, release: SmokeRelease) -> None:
    application, procfile = release.layout.application, release.layout.production.procfile
    text = text_of(release.folder, procfile) if (release.folder / procfile).is_file() else ""
    if application.service not in suite.services or not has_process(text, application.release_process):
        suite.skip("release process", f"{procfile} has none")
        return
    with suite.check("release process"):
        try:
            suite.stack.run(application.service, [*application.start, application.release_process], suite.report)
        except CommandFailed as error:
            suite.outputs["release-process"] = error.output
            raise CheckFailed(f"ended with status {error.status}:\n{last(error.output)}") from error


def _check_pages(suite: Suite, layout: Layout, front_door: Door | None) -> list[str]:
    """Check the pages behind the front door; return the requested paths that do not exist."""
    if front_door is None:
        port = layout.application.port
        suite.skip("pages", f"no service publishes the port {port}" if port else NO_FRONT_DOOR)
        return []
    pages = PageChecks(suite, front_door, suite.stack.name, layout)
    with suite.check("health page"):
        pages.health()
    with suite.check("first page"):
        path, page = pages.home()
    with suite.check("files of the first page"):
        pages.files(path, page)
    with suite.check("unknown page"):
        return [pages.unknown()]


def _run_project_test(suite: Suite, release: SmokeRelease, env_file: Path, front_door: Door | None) -> None:
    program, application = release.layout.smoke.program, release.layout.application.service
    if not (release.folder / program).exists():
        suite.skip(program, "the project has no such file")
        return
    service = application if application in suite.services else suite.services[0]
    with suite.check(program):
        project_test.run(suite, release, service, env_file, front_door)
