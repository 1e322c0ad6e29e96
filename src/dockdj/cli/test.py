"""dockdj test"""

import click

from dockdj.cli.gate import show
from dockdj.cli.process import counts
from dockdj.cli.project import project_of
from dockdj.cli.render import Console
from dockdj.errors import UsageError
from dockdj.lifecycle import checks, processes


@click.command("test", epilog="Example: dockdj test dev -- -k health · dockdj test prod")
@click.argument("environment", metavar="ENV")
@click.argument("arguments", metavar="[-- PYTEST...]", nargs=-1)
@click.pass_context
def command(ctx: click.Context, environment: str, arguments: tuple[str, ...]) -> None:
    """Run the tests: dev's in the working tree with its database, prod's with all checks inside the image build.

    Words after `--` are pytest's. Production's gate runs anew each time, whatever the build cache remembers.
    """
    console: Console = ctx.obj
    project = project_of(console)
    if not processes.is_development(project, environment):
        if arguments:
            raise UsageError(f"the build of {environment} always runs all tests", hint="dockdj test dev -- PYTEST...")
        ctx.exit(show(console, "test", environment, checks.gate(project, environment, console.report)))
    place = processes.prepare(project, environment, console.report)
    process = processes.tests(arguments)
    if console.as_json:
        done = processes.capture(place, process)
        data = {"environment": environment, "exit": done.status, **counts(done.stdout), "output": done.stdout}
        console.result("test", data)
        ctx.exit(int(done.status != 0))
    ctx.exit(int(processes.attach(place, process, terminal=console.terminal) != 0))
