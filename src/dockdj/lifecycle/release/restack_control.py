"""Run the old tests on the old image: the control that a restack's tests are compared with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dockdj.adapters.git import repository as git
from dockdj.adapters.git.worktree import worktree
from dockdj.errors import DockdjError
from dockdj.events import Report, Warned
from dockdj.lifecycle.build import suite
from dockdj.lifecycle.tested_images import pull
from dockdj.model import json_document
from dockdj.model.json_document import items, table
from dockdj.model.project.layout import Gate
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION
from dockdj.model.release import junit
from dockdj.model.release.evidence import report_digest
from dockdj.model.release.record import Release
from dockdj.model.release.suites import CONTROL, TESTS, CheckResult, SuiteResult

REPORT = "control.junit.xml"


@dataclass(frozen=True)
class Control:
    """The result of the old tests on the old image today, the tests that failed, and the reports, file -> content."""

    result: SuiteResult
    failures: tuple[str, ...]
    reports: Mapping[str, bytes]


def run_control(
    project: Project, repository: git.Repository, original: Release, registry: Callable[[], str], report: Report
) -> Control | None:
    """Run a release's tests on its own image; warn and return None if they do not run, so nothing excuses a failure.

    An image that is not on this machine is pulled; `registry` returns its repository.
    """
    try:
        with worktree(repository, original.commit) as folder:
            service = suite.application(project, folder, PRODUCTION).name
            image = pull.released(project, original.version, service, registry, report)
            tests = suite.on_image(project, folder, image, report)
    except DockdjError as error:
        report(Warned(f"no control: the tests of {original.version} do not run on its own image: {error.message}"))
        return None
    if not tests.passed:
        report(Warned(f"no control: no test of {original.version} still passes on its own image"))
        return None
    result = SuiteResult(
        suite=CONTROL,
        exit=tests.exit,
        passed=tests.passed,
        failed=tests.failed,
        skipped=tests.skipped,
        milliseconds=tests.milliseconds,
        checks=(CheckResult(TESTS, tests.exit, tests.milliseconds),),
        images={service: original.configs[service]},
        report=report_digest(tests.junit),
    )
    return Control(result, tests.failures, {REPORT: tests.junit} if tests.junit else {})


def failures(evidence: Mapping[str, bytes], gate: Gate) -> tuple[str, ...] | None:
    """The failed tests that closed a gate, from its evidence (file -> content); None if another check failed."""
    try:
        summary = table(json_document.parse(evidence[gate.summary]))
        checks = [table(check) for check in items(summary["checks"])]
        others = [check["name"] for check in checks if check["exit"] and check["name"] != TESTS]
        return None if others else junit.failures(evidence[gate.junit]) or None
    except (ValueError, KeyError, TypeError):
        return None
