"""Run a project's tests on a finished production image: on its packages, its Python and its operating system."""

import json
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import normpath

from dockdj.adapters.disk import text_of
from dockdj.adapters.docker import client as docker
from dockdj.errors import ProjectError, Refused
from dockdj.events import Report, silent, step
from dockdj.lifecycle import readiness
from dockdj.lifecycle.build.gate import bake
from dockdj.lifecycle.build.services import read_services, sources_of
from dockdj.lifecycle.environments.checks import SUMMARY
from dockdj.lifecycle.environments.containers import APPLICATION
from dockdj.model.build.bake_definition import SUITE, SUITE_EVIDENCE, suite_definition
from dockdj.model.build.gate import stages
from dockdj.model.project.compose_file import Build, Service
from dockdj.model.project.project import PRODUCTION, Project
from dockdj.model.release import junit

JUNIT = "junit.xml"
LOG = "tests.log"
COMPARE_HINT = "compare docker/django/Dockerfile with the recipe's"


@dataclass(frozen=True)
class SuiteResult:
    """What the tests said about an image, `config` being its configuration's digest.

    `failures` are the ids of tests that failed or could not run, each once; `exit` is the status of what ran them.
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
        """Whether this is a pass: tests ran, and nothing failed."""
        return self.passed > 0 and not self.failed and not self.exit


def on_image(
    project: Project, folder: Path, image: str, report: Report = silent, *, environment: str = PRODUCTION
) -> SuiteResult:
    """Run the tests of the checkout in `folder` on an image of this machine, anew each time; nothing is left of it.

    The application is the image's, its tests the checkout's. Packages that only tests need come to lie behind the
    image's own, which stay what they are.

    Raises ProjectError when the checkout's Dockerfile has no stage for it, Refused when the image is not here, becomes
    another one meanwhile, or no test could start, CommandFailed when what the tests need cannot be installed on it.
    """
    build = application(folder, environment).build
    assert build is not None
    target = _target(folder, build)
    docker.require_engine()
    found = docker.image(image)
    if found is None:
        raise Refused(f"there is no image {image} on this machine", hint=f"docker pull {image}")
    # An id alone is no name that a build could start from.
    name = found.tags[0] if found.tags else image
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
        now = docker.image(name)
        if now is None or now.config != found.config:
            raise Refused(f"{name} was moved while it was tested", hint="wait for the other build, and test again")
        return read(Path(evidence), image, found.config)


def read(folder: Path, image: str, config: str) -> SuiteResult:
    """The result in what the stage left. Raises ProjectError when it is none, Refused when no test started."""
    output = _text(folder / LOG)
    try:
        status = int(json.loads((folder / SUMMARY).read_text(encoding="utf-8"))["exit"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProjectError(
            f"the stage `{SUITE_EVIDENCE}` gave no usable {SUMMARY}",
            hint=COMPARE_HINT,
        ) from error
    report = (folder / JUNIT).read_bytes() if (folder / JUNIT).is_file() else b""
    cases = junit.cases(report)
    if not cases:
        said = readiness.last(output)
        raise Refused(
            f"no test started on {image}" + (f":\n{said}" if said else ""), hint="0 tests are no pass: see what it says"
        )
    failures = junit.ids(cases, "failure", "error")
    skipped = len(set(junit.ids(cases, "skipped")) - set(failures))
    if status and not failures:
        # A plugin's verdict, or a crash after the last test.
        failures = (f"the test run ended with status {status}",)
    every = {junit.id_of(case) for case in cases}
    return SuiteResult(
        config=config,
        passed=len(every - set(failures)) - skipped,
        failed=len(failures),
        skipped=skipped,
        milliseconds=junit.milliseconds(cases),
        failures=failures,
        exit=status,
        junit=report,
        output=output,
    )


def application(folder: Path, environment: str) -> Service:
    """The service whose image the tests run on. Raises ProjectError when none is built, UsageError without ENV."""
    built = {service.name: service for service in read_services(folder, environment) if service.build}
    if not built:
        raise ProjectError(f"no service of environment `{environment}` is built, so none can be tested")
    return built.get(APPLICATION) or next(iter(built.values()))


def _target(folder: Path, build: Build) -> str:
    """The stage whose place the image takes. Raises ProjectError when the tests do not start from it."""
    dockerfile = normpath(f"{build.context}/{build.dockerfile}")
    found = stages(text_of(folder, dockerfile)) if (folder / dockerfile).is_file() else {}
    if SUITE not in found or SUITE_EVIDENCE not in found:
        raise ProjectError(
            f"{build.dockerfile} has no stages `{SUITE}` and `{SUITE_EVIDENCE}`, which run tests on a finished image",
            hint=COMPARE_HINT,
        )
    target = (build.target or "").lower()
    if target not in found[SUITE]:
        raise ProjectError(
            f"in {build.dockerfile} the stage `{SUITE}` does not start from `{build.target or 'a named stage'}`, "
            "which the application is made from",
            hint=COMPARE_HINT,
        )
    return target


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace").rstrip() if file.is_file() else ""
