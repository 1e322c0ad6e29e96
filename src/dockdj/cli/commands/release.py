"""`dockdj release VERSION`."""

import click

from dockdj.cli.arguments import VERSION, project_of
from dockdj.cli.console import Console
from dockdj.lifecycle.release import release as use_case
from dockdj.model.release.record import Release
from dockdj.model.version import Version


@click.command("release", epilog="Example: dockdj release 1.2.0")
@click.argument("version", type=VERSION)
@click.option("--commit", "revision", metavar="REV", help="Release this commit instead of HEAD.")
@click.pass_obj
def command(console: Console, version: Version, revision: str | None) -> None:
    """Build, test and record VERSION from a commit.

    Builds the production images from the commit, not from the working tree; the tests run in the build.
    Then writes the release record into the annotated tag vVERSION and makes the branch release-vMAJOR.MINOR.
    """
    made, new = use_case.release(project_of(console), version, revision=revision, report=console.report)
    data = {"version": str(made.version), "digest": made.digest, "commit": made.commit, "created": new}
    console.result("release", data, _text(made, new))


def suites(made: Release) -> str:
    """A line for each suite of a release's evidence."""
    return "".join(
        f"  {proof['suite']:<7} {proof['passed']} passed, {proof['failed']} failed, {proof['skipped']} skipped\n"
        for proof in made.document["evidence"]
    )


def _text(made: Release, new: bool) -> str:
    head = f"released {made.version}" if new else f"{made.version} is released already, with this very commit"
    return (
        f"{head}\n"
        f"  record  {made.digest}\n"
        f"  commit  {made.commit[:12]}\n"
        f"{suites(made)}"
        f"next: dockdj publish {made.version}"
    )
