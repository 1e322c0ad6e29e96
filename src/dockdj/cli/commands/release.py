"""`dockdj release VERSION`."""

import click

from dockdj.cli.arguments import VERSION, project_of
from dockdj.cli.console import Console
from dockdj.lifecycle.release import release as use_case
from dockdj.model.release.record import Release
from dockdj.model.version import Version


@click.command("release", epilog="Example: dockdj release 1.2.0")
@click.argument("version", type=VERSION)
@click.option("--commit", "revision", metavar="REV", help="Commit to release [default: HEAD].")
@click.pass_obj
def command(console: Console, version: Version, revision: str | None) -> None:
    """Build, test and record VERSION from a commit.

    Builds the production images from the commit, not from the working tree. The tests run in the build. Then writes
    the release record into the annotated tag vVERSION and creates the branch release-vMAJOR.MINOR.
    """
    release, new = use_case.release(project_of(console), version, revision=revision, report=console.report)
    data = {"version": str(release.version), "digest": release.digest, "commit": release.commit, "created": new}
    console.result("release", data, _text(release, new))


def suites(release: Release) -> str:
    """Return a line for each test suite of a release's evidence."""
    return "".join(
        f"  {result.suite:<7} {result.passed} passed, {result.failed} failed, {result.skipped} skipped\n"
        for result in release.evidence
    )


def _text(release: Release, new: bool) -> str:
    head = (
        f"released {release.version}"
        if new
        else f"{release.version} is already released from this commit; nothing to do"
    )
    return (
        f"{head}\n"
        f"  record  {release.digest}\n"
        f"  commit  {release.commit[:12]}\n"
        f"{suites(release)}"
        f"next: dockdj publish {release.version}"
    )
