"""Run a project's tests on a finished image: with its packages, its Python and its operating system."""

import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Image
from dockdj.errors import ProjectError, Raced, Refused
from dockdj.events import Report, silent, step
from dockdj.lifecycle import readiness
from dockdj.lifecycle.build import dockerfiles
from dockdj.lifecycle.build.gate import bake
from dockdj.lifecycle.build.services import read_services, sources_of
from dockdj.model import json_document
from dockdj.model.build.bake_definition import SUITE, SUITE_EVIDENCE, suite_definition
from dockdj.model.build.gate import stages
from dockdj.model.project.compose_file import Build, Service
from dockdj.model.project.layout import Gate
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION
from dockdj.model.release import junit

COMPARE_HINT = "compare docker/django/Dockerfile with the recipe's"


@dataclass(frozen=True)
class SuiteResult:
    """The result of the tests on an image; `config` is the digest of its configuration.

    `failures` has the ids of tests that failed or could not run, each once. `exit` is the test runner's status.
    """

    config: str
    passed: int
    failed: int
    skipped: int
    milliseconds: int
    failures: tuple[str, ...]
    exit: int
    junit: bytes = field(repr=False)
    output: str = field(repr=False)

    @property
    def ok(self) -> bool:
        """True if tests ran and nothing failed."""
        return self.passed > 0 and not self.failed and not self.exit


def on_image(
    project: Project, folder: Path, image: str, report: Report = silent, *, environment: str = PRODUCTION
) -> SuiteResult:
    """Run the tests of the checkout in `folder` on an image of this machine, uncached; keep nothing of the run.

    The application comes from the image, its tests from the checkout. Packages that only tests need are installed
    behind the image's packages, which do not change.

    Raises ProjectError when the checkout's Dockerfile has no stage for the tests, Refused when the image is not on
    this machine or no test could start, Raced when the image's name moves during the tests, CommandFailed when the
    packages of the tests cannot be installed on the image.
    """
    build = application(project, folder, environment).build
    assert build is not None
    target = _target(folder, build)
    docker.require_engine()
    tested = docker.image(image)
    if tested is None:
        raise Refused(f"there is no image {image} on this machine", hint=f"docker pull {image}")
    name = _tag_of(tested, project) or image
    sources = sources_of(project)
    with tempfile.TemporaryDirectory(prefix="dockdj-suite-") as evidence:
        text = suite_definition(
            build,
            stage=target,
            image=name,
            folder=evidence,
            test_run=uuid.uuid4().hex,
            sources=sources,
        )
        with step(report, f"run the tests on {image}"):
            bake(text, folder, report, mirrors=sources.mirrors)
        current = docker.image(name)
        if current is None or current.config != tested.config:
            raise Raced(f"{name} was moved while it was tested", hint="wait for the other build, and test again")
        return read(Path(evidence), image, tested.config, project.gate)


def read(folder: Path, image: str, config: str, gate: Gate) -> SuiteResult:
    """Read the result from the files of the evidence stage, which [gate] names.

    Raises ProjectError when the files are incomplete, Refused when no test started.
    """
    output = _text(folder / gate.tests_log)
    try:
        summary = json_document.table(json_document.parse((folder / gate.summary).read_bytes()))
        status = int(summary["exit"])
    except (OSError, OverflowError, ValueError, KeyError, TypeError) as error:
        raise ProjectError(
            f"the stage `{SUITE_EVIDENCE}` gave no usable {gate.summary}",
            hint=COMPARE_HINT,
        ) from error
    report = (folder / gate.junit).read_bytes() if (folder / gate.junit).is_file() else b""
    cases = junit.cases(report)
    if not cases:
        last_lines = readiness.last(output)
        raise Refused(
            f"no test started on {image}" + (f":\n{last_lines}" if last_lines else ""),
            hint="a run without tests does not count as a pass; see the output above",
        )
    failures = junit.ids(cases, "failure", "error")
    skipped = len(set(junit.ids(cases, "skipped")) - set(failures))
    if status and not failures:
        # A plugin failed the run, or it crashed after the last test.
        failures = (f"the test run ended with status {status}",)
    test_ids = {junit.id_of(case) for case in cases}
    return SuiteResult(
        config=config,
        passed=len(test_ids - set(failures)) - skipped,
        failed=len(failures),
        skipped=skipped,
        milliseconds=junit.milliseconds(cases),
        failures=failures,
        exit=status,
        junit=report,
        output=output,
    )


def application(project: Project, folder: Path, environment: str) -> Service:
    """The service whose image the tests run on.

    Raises ProjectError when no service is built, UsageError for an unknown environment.
    """
    built = {service.name: service for service in read_services(project, environment, folder) if service.build}
    if not built:
        raise ProjectError(f"no service of environment `{environment}` is built, so there is no image to test")
    return built.get(project.application.service) or next(iter(built.values()))


def _target(folder: Path, build: Build) -> str:
    """The stage that the tested image replaces. Raises ProjectError when the tests do not start from that stage."""
    parents: Mapping[str, frozenset[str]] = {}
    if (folder / dockerfiles.path_of(folder, build)).is_file():
        with dockerfiles.naming(folder, build):
            parents = stages(dockerfiles.text_of(folder, build), build.args)
    if SUITE not in parents or SUITE_EVIDENCE not in parents:
        raise ProjectError(
            f"{build.dockerfile} has no stages `{SUITE}` and `{SUITE_EVIDENCE}`, which run tests on a finished image",
            hint=COMPARE_HINT,
        )
    target = (build.target or "").lower()
    if target not in parents[SUITE]:
        raise ProjectError(
            f"in {build.dockerfile} the stage `{SUITE}` does not start from `{build.target or 'a named stage'}`, "
            "the stage of the application's image",
            hint=COMPARE_HINT,
        )
    return target


def _tag_of(image: Image, project: Project) -> str | None:
    """A tag of the image, because a build cannot start from an id. Another project may move its tags meanwhile."""
    return min(image.tags, key=lambda tag: not tag.startswith(f"{project.name}/"), default=None)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace").rstrip() if file.is_file() else ""
