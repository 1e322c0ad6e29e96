"""What the tests said about a finished image, for people and as JSON: `dockdj test ENV --image REF`."""

from typing import Any

import click

from dockdj.cli.console import Console
from dockdj.lifecycle.build import suite
from dockdj.lifecycle.build.suite import SuiteResult
from dockdj.lifecycle.tested_images import pull
from dockdj.lifecycle.tested_images.pull import Named
from dockdj.model.build.tested_images import QaImages
from dockdj.model.project.project import Project, target_of


def run(console: Console, project: Project, environment: str, reference: str, target_name: str | None) -> int:
    """Find the image, run this checkout's tests on it, show the result; return the exit code."""

    def repository() -> str:
        from dockdj import wiring

        return wiring.repository_of(target_of(project, target_name))

    found = pull.named(project, environment, reference, repository, console.report)
    result = suite.on_image(project, project.root, found.image, console.report, environment=environment)
    if not console.as_json and not result.ok and result.output:
        click.echo(result.output, err=True)
    console.result(
        "test",
        as_data(environment, found, result),
        as_text(found, result),
        refused="" if result.ok else f"the tests do not pass on {found.image}",
    )
    return 0 if result.ok else 1


def as_data(environment: str, found: Named, result: SuiteResult) -> dict[str, Any]:
    """The result's fields."""
    return {
        "environment": environment,
        "image": found.image,
        "config": result.config,
        "version": str(found.version) if found.version else None,
        "published": origin(found.tested) if found.tested else None,
        "exit": 0 if result.ok else 1,
        "passed": result.passed,
        "failed": result.failed,
        "skipped": result.skipped,
        "milliseconds": result.milliseconds,
        "failures": list(result.failures),
        "output": "" if result.ok else result.output,
    }


def origin(images: QaImages) -> dict[str, Any]:
    """Where tested images come from."""
    return {
        "repository": images.repository,
        "index": images.index,
        "commit": images.commit,
        "created": images.created,
        "modified": list(images.modified),
    }


def as_text(found: Named, result: SuiteResult) -> str:
    """The counts, what failed, and what was tested."""
    lines = [f"failed  {failure}" for failure in result.failures]
    lines += [f"tests   {result.passed} passed, {result.failed} failed, {result.skipped} skipped"]
    lines += [f"image   {found.image}  {result.config}"]
    lines += [f"of      {found.tested.origin}"] if found.tested else []
    return "\n".join(lines)
