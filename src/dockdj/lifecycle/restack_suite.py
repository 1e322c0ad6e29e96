"""The old tests on the old images: what a restack's tests are compared with."""

from dataclasses import dataclass
from typing import Any

from dockdj.adapters import docker, git
from dockdj.adapters.worktree import worktree
from dockdj.errors import DockdjError
from dockdj.events import Report, Warned
from dockdj.lifecycle import suite
from dockdj.lifecycle.assemble import local_tag
from dockdj.lifecycle.checks import read
from dockdj.lifecycle.containers import APPLICATION
from dockdj.lifecycle.image import FAILED_FOLDER
from dockdj.model import junit
from dockdj.model.evidence import TESTS
from dockdj.model.project import Project
from dockdj.model.release import Release, digest_of


@dataclass(frozen=True)
class Control:
    """What the old tests said of the old images today: the entry for the record, and the tests that failed."""

    entry: dict[str, Any]
    failures: tuple[str, ...]


def control(project: Project, repository: git.Repository, original: Release, report: Report) -> Control | None:
    """Run a release's tests on its own image. None, and a warning, where that cannot be done: then nothing excuses."""
    services = original.document["services"]
    service = APPLICATION if APPLICATION in services else next(iter(services))
    tag = local_tag(project, original.version, service)
    image = docker.image(tag)
    if image is None or list(image.diff_ids) != services[service]["diff_ids"]:
        report(Warned(f"no control: the image of {service} {original.version} is not on this machine"))
        return None
    try:
        with worktree(repository, original.commit) as folder:
            done = suite.on_image(project, folder, tag, report)
    except DockdjError as error:
        report(Warned(f"no control: the tests of {original.version} do not run on its own image: {error.message}"))
        return None
    if not done.passed:
        report(Warned(f"no control: no test of {original.version} passes on its own image any more"))
        return None
    entry = {
        "suite": "control",
        "exit": done.exit,
        "passed": done.passed,
        "failed": done.failed,
        "skipped": done.skipped,
        "milliseconds": done.milliseconds,
        "checks": [{"name": TESTS, "exit": done.exit, "milliseconds": done.milliseconds}],
        "images": {service: services[service]["config"]},
        **({"report": digest_of(done.junit)} if done.junit else {}),
    }
    return Control(entry, done.failures)


def failures(project: Project) -> tuple[str, ...] | None:
    """The tests that closed the gate of the last build; None when something else did."""
    folder = project.root / FAILED_FOLDER
    try:
        gate = read(folder)
        report = (folder / suite.JUNIT).read_bytes()
    except (DockdjError, OSError):
        return None
    others = [check.name for check in gate.checks if check.exit and check.name != TESTS]
    return None if others else junit.failures(report) or None
