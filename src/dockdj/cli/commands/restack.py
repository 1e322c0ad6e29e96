"""`dockdj restack VERSION`."""

import click

from dockdj.cli.arguments import VERSION, project_of, target_option
from dockdj.cli.commands.release import suites
from dockdj.cli.console import Console
from dockdj.errors import UsageError
from dockdj.lifecycle.release import restack as use_case
from dockdj.lifecycle.release.restack import Wanted
from dockdj.model.project.project import target_of
from dockdj.model.release.record import Release
from dockdj.model.version import Version


@click.command(
    "restack",
    epilog="Example: dockdj restack 0.7.0 --stack-from 0.8.0+stack.1 · dockdj restack 0.8.0 "
    "--base debian:trixie-slim=debian:trixie-20261101-slim",
)
@click.argument("version", type=VERSION)
@click.option("--stack-from", type=VERSION, metavar="VERSION", help="The release whose stack is wanted.")
@click.option(
    "bases", "--base", multiple=True, metavar="NAME=IMAGE", help="Start from IMAGE where a Dockerfile says NAME."
)
@click.option("drift", "--allow-dependency-drift", is_flag=True, help="Accept other Python and npm packages.")
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

    The same commit is built on the newest base images, on those named, or on another release's stack. Its old tests
    run on the old and the new stack, and only new failures refuse. Publish and deploy it like any release.
    """
    if stack_from and bases:
        raise UsageError("--stack-from brings its own base images: give it, or --base")
    project = project_of(console)
    target = target_of(project, target_name)

    def registry() -> str:
        from dockdj import wiring

        return wiring.repository_of(target)

    wanted = Wanted(stack_from, _pairs(bases), drift)
    made, new = use_case.restack(project, version, wanted, registry, console.report)
    data = {"version": str(made.version), "digest": made.digest, "commit": made.commit, "created": new}
    console.result("restack", data, lambda: _text(version, made, new))


def _pairs(bases: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in bases:
        name, equals, image = one.partition("=")
        if not (name and equals and image):
            raise UsageError(f"`{one}` is not NAME=IMAGE", hint="as debian:trixie-slim=debian:trixie-20261101-slim")
        found[name] = image
    return found


def _text(version: Version, made: Release, new: bool) -> str:
    if not new:
        return f"nothing to restack: {made.version} is this application on this stack"
    lines = [f"restacked {version} as {made.version}", f"  record  {made.digest}", suites(made).rstrip("\n")]
    return "\n".join(
        [*lines, f"what changed: dockdj diff {version} {made.version}", f"next: dockdj publish {made.version}"]
    )
