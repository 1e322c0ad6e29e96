"""`dockdj test ENV`."""

import click

from dockdj.cli.arguments import project_of, target_option_with
from dockdj.cli.console import Console
from dockdj.cli.one_off_process import counts
from dockdj.cli.views.gate import show
from dockdj.errors import UsageError
from dockdj.lifecycle.environments import checks, processes


@click.command("test", epilog="Example: dockdj test dev -- -k health · dockdj test prod · dockdj test prod --image qa")
@click.argument("environment", metavar="ENV")
@click.argument("arguments", metavar="[-- PYTEST...]", nargs=-1)
@click.option("--image", "reference", metavar="REF", help="Run this checkout's tests on a finished image.")
@target_option_with("With --image: target in dockdj.toml [default: default_target].")
@click.pass_context
def command(
    ctx: click.Context, environment: str, arguments: tuple[str, ...], reference: str | None, target_name: str | None
) -> None:
    """Run the tests of ENV.

    In development they run in the working tree, with the database of ENV; words after `--` go to pytest. In production
    all checks and tests run again inside the image build, whatever the build cache holds.

    REF is a tag that `image publish` pushed, a version, or an image's full name.
    """
    console: Console = ctx.obj
    project = project_of(console)
    development = processes.is_development(project, environment)
    if reference is not None:
        if development:
            raise UsageError(
                f"the image of {environment} holds no application: {environment} runs the working tree",
                hint=f"dockdj test prod --image {reference}",
            )
        _without_words(arguments, "a finished image always runs all tests")
        from dockdj.cli.commands.test_image import run

        ctx.exit(run(console, project, environment, reference, target_name))
    if target_name is not None:
        raise UsageError("--to needs --image REF", hint=f"dockdj test {environment} --image REF")
    if not development:
        _without_words(arguments, f"the build of {environment} always runs all tests")
        ctx.exit(show(console, "test", environment, checks.gate(project, environment, console.report)))
    place = processes.prepare(project, environment, console.report)
    process = processes.tests(project, arguments)
    if console.as_json:
        outcome = processes.capture(place, process)
        data = {"environment": environment, "exit": outcome.status, **counts(outcome.stdout), "output": outcome.stdout}
        console.result("test", data)
        ctx.exit(int(outcome.status != 0))
    ctx.exit(int(processes.attach(place, process, terminal=console.terminal) != 0))


def _without_words(arguments: tuple[str, ...], why: str) -> None:
    if arguments:
        raise UsageError(why, hint="dockdj test dev -- PYTEST...")
