"""dockdj check"""

import click

from dockdj.cli.arguments import project_of
from dockdj.cli.console import Console
from dockdj.cli.views.gate import show
from dockdj.errors import UsageError
from dockdj.lifecycle.environments import checks, processes


@click.command("check", epilog="Example: dockdj check dev · dockdj check dev lint format")
@click.argument("environment", metavar="ENV")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.pass_context
def command(ctx: click.Context, environment: str, names: tuple[str, ...]) -> None:
    """Check the code: dev's quick checks in the working tree, prod's whole gate inside the image build.

    NAME chooses among development's checks: lint, format, templates, migrations, settings, biome, which are the quick
    ones, and gunicorn, "static files", assets. The tests are `dockdj test`.
    """
    console: Console = ctx.obj
    project = project_of(console)
    if not processes.is_development(project, environment):
        if names:
            raise UsageError(f"the build of {environment} always runs all checks", hint="dockdj check dev NAME")
        ctx.exit(show(console, "check", environment, checks.gate(project, environment, console.report)))
    # They see the image build's variables, and so no database.
    place = processes.prepare(project, environment, console.report, backing=False)
    found = []
    for process in checks.quick(names, frontend=place.has(processes.ASSETS)):
        if console.as_json:
            done = processes.capture(place, process)
            found.append({"service": process.service, "exit": done.status, "output": done.stdout + done.stderr})
        else:
            status = processes.attach(place, process, terminal=console.terminal)
            found.append({"service": process.service, "exit": status})
    status = checks.status([int(str(each["exit"])) for each in found])
    text = "" if status else "all checks passed"
    console.result("check", {"environment": environment, "exit": status, "checks": found}, text)
    ctx.exit(status)
