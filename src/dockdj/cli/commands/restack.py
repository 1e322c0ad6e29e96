"""`dockdj restack VERSION`."""

import click

from dockdj.cli.arguments import VERSION, project_of, target_option
from dockdj.cli.commands.release import suites
from dockdj.cli.console import Console
from dockdj.errors import UsageError
from dockdj.lifecycle.release import restack as use_case
from dockdj.lifecycle.release.restack_bases import StackRequest
from dockdj.model.project.project import target_of
from dockdj.model.release.record import Release
from dockdj.model.version import Version


@click.command(
    "restack",
    epilog="Example: dockdj restack 0.7.0 --stack-from 0.8.0+stack.1 · dockdj restack 0.8.0 "
    "--base debian:trixie-slim=debian:trixie-20261101-slim",
)
@click.argument("version", type=VERSION)
@click.option("--stack-from", type=VERSION, metavar="VERSION", help="Release whose stack to use.")
@click.option(
    "bases",
    "--base",
    multiple=True,
    metavar="NAME=IMAGE",
    help="Base image to use where a Dockerfile starts FROM NAME; may be repeated.",
)
@click.option(
    "drift", "--allow-dependency-drift", is_flag=True, help="Accept other versions of Python and npm packages."
)
@target_option
@click.pass_obj
def command(
    console: Console,
    version: Version,
    stack_from: Version | None,
    bases: tuple[str, ...],
    drift: bool,
    target_name: str | None,
) -> None:
    """Release VERSION's application on another stack, as VERSION+stack.N.

    Builds the same commit on the newest base images, on the named ones, or on another release's stack. The commit's
    tests run on the old and on the new stack; only new failures refuse. Publish and deploy the result like any release.
    """
    if stack_from and bases:
        raise UsageError("--stack-from and --base cannot be given together: --stack-from chooses the base images")
    project = project_of(console)
    target = target_of(project, target_name)

    def registry() -> str:
        from dockdj import wiring

        return wiring.repository_of(target)

    stack = StackRequest(stack_from, _pairs(bases), drift)
    release, new = use_case.restack(project, version, stack, registry, console.report)
    data = {"version": str(release.version), "digest": release.digest, "commit": release.commit, "created": new}
    console.result("restack", data, lambda: _text(version, release, new))


def _pairs(bases: tuple[str, ...]) -> dict[str, str]:
    images = {}
    for pair in bases:
        name, equals, image = pair.partition("=")
        if not (name and equals and image):
            raise UsageError(
                f"`{pair}` is not NAME=IMAGE", hint="for example --base debian:trixie-slim=debian:trixie-20261101-slim"
            )
        images[name] = image
    return images


def _text(version: Version, release: Release, new: bool) -> str:
    if not new:
        return f"nothing to restack: {release.version} already is this application on this stack"
    lines = [f"restacked {version} as {release.version}", f"  record  {release.digest}", suites(release).rstrip("\n")]
    return "\n".join(
        [*lines, f"what changed: dockdj diff {version} {release.version}", f"next: dockdj publish {release.version}"]
    )
