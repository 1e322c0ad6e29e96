"""`dockdj test ENV --image REF`: test a finished image and show the result."""

from typing import Any

import click

from dockdj.cli.console import Console
from dockdj.lifecycle.build import suite
from dockdj.lifecycle.build.suite import SuiteResult
from dockdj.lifecycle.tested_images import pull
from dockdj.lifecycle.tested_images.pull import NamedImage
from dockdj.model.build.tested_images import QaImages
from dockdj.model.project.project import Project, target_of


def run(console: Console, project: Project, environment: str, reference: str, target_name: str | None) -> int:
    """Find the image, run this checkout's tests on it, show the result; return the exit code."""

    def repository() -> str:
        from dockdj import wiring

        return wiring.repository_of(target_of(project, target_name))

    subject = pull.named(project, environment, reference, repository, console.report)
    result = suite.on_image(project, project.root, subject.image, console.report, environment=environment)
    if not console.as_json and not result.ok and result.output:
        click.echo(result.output, err=True)
    console.result(
        "test",
        as_data(environment, subject, result),
        as_text(subject, result),
        refused="" if result.ok else f"the tests fail on {subject.image}",
    )
    return 0 if result.ok else 1


def as_data(environment: str, subject: NamedImage, result: SuiteResult) -> dict[str, Any]:
    """Return the result as JSON data."""
    return {
        "environment": environment,
        "image": subject.image,
        "config": result.config,
        "version": str(subject.version) if subject.version else None,
        "published": origin(subject.tested) if subject.tested else None,
        "exit": 0 if result.ok else 1,
        "passed": result.passed,
        "failed": result.failed,
        "skipped": result.skipped,
        "milliseconds": result.milliseconds,
        "failures": list(result.failures),
        "output": "" if result.ok else result.output,
    }


def origin(images: QaImages) -> dict[str, Any]:
    """Return the origin of tested images as JSON data."""
    return {
        "repository": images.repository,
        "index": images.index,
        "commit": images.commit,
        "created": images.created,
        "modified": list(images.modified),
    }


def as_text(subject: NamedImage, result: SuiteResult) -> str:
    """Return the failures, the counts and the tested image, for people."""
    lines = [f"failed  {failure}" for failure in result.failures]
    lines += [f"tests   {result.passed} passed, {result.failed} failed, {result.skipped} skipped"]
    lines += [f"image   {subject.image}  {result.config}"]
    lines += [f"from    {subject.tested.origin}"] if subject.tested else []
    return "\n".join(lines)
