"""The old tests on the old images: what a restack's tests are compared with."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dockdj.adapters.git import repository as git
from dockdj.adapters.git.worktree import worktree
from dockdj.errors import DockdjError
from dockdj.events import Report, Warned
from dockdj.lifecycle.build import suite
from dockdj.lifecycle.tested_images import pull
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import JUNIT, PRODUCTION, SUMMARY
from dockdj.model.release import junit
from dockdj.model.release.evidence import report_digest
from dockdj.model.release.record import Release
from dockdj.model.release.suites import CONTROL, TESTS, CheckResult, SuiteResult

REPORT = "control.junit.xml"


@dataclass(frozen=True)
class Control:
    """The result of the old tests on the old images today, for the record, and the tests that failed.

    `reports` are the files that the tests wrote, file -> content.
    """

    result: SuiteResult
    failures: tuple[str, ...]
    reports: Mapping[str, bytes]


def control(
    project: Project, repository: git.Repository, original: Release, registry: Callable[[], str], report: Report
) -> Control | None:
    """Run a release's tests on its own image, which is pulled where this machine has it not.

    `registry` is asked for the repository of images then. None, and a warning, where it cannot be done: then nothing
    excuses a failure.
    """
    try:
        with worktree(repository, original.commit) as folder:
            service = suite.application(folder, PRODUCTION).name
            image = pull.released(project, original.version, service, registry, report)
            done = suite.on_image(project, folder, image, report)
    except DockdjError as error:
        report(Warned(f"no control: the tests of {original.version} do not run on its own image: {error.message}"))
        return None
    if not done.passed:
        report(Warned(f"no control: no test of {original.version} passes on its own image any more"))
        return None
    result = SuiteResult(
        suite=CONTROL,
        exit=done.exit,
        passed=done.passed,
        failed=done.failed,
        skipped=done.skipped,
        milliseconds=done.milliseconds,
        checks=(CheckResult(TESTS, done.exit, done.milliseconds),),
        images={service: original.configs[service]},
        report=report_digest(done.junit),
    )
    return Control(result, done.failures, {REPORT: done.junit} if done.junit else {})


def failures(left: Mapping[str, bytes]) -> tuple[str, ...] | None:
    """The tests that closed a gate, by what its checks left, file -> content; None when something else did."""
    try:
        checks = json.loads(left[SUMMARY])["checks"]
        others = [check["name"] for check in checks if check["exit"] and check["name"] != TESTS]
        return None if others else junit.failures(left[JUNIT]) or None
    except (ValueError, KeyError, TypeError):
        return None
