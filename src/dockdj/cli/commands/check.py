"""`dockdj check ENV`."""

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
    """Check the code's quality in ENV.

    In development quick checks run in the working tree. In production the whole gate runs inside the image build.

    NAME selects checks of development. Without NAME these run: lint, format, templates, migrations, settings, biome.
    Also available: gunicorn, "static files", assets. The tests are `dockdj test`.
    """
    console: Console = ctx.obj
    project = project_of(console)
    if not processes.is_development(project, environment):
        if names:
            raise UsageError(f"the build of {environment} always runs all checks", hint="dockdj check dev NAME")
        ctx.exit(show(console, "check", environment, checks.gate(project, environment, console.report)))
    # The checks see only the image build's variables, so they have no database.
    place = processes.prepare(project, environment, console.report, backing=False)
    results = []
    for process in checks.quick(project, names, frontend=place.has(project.frontend.service)):
        if console.as_json:
            outcome = processes.capture(place, process)
            results.append(
                {"service": process.service, "exit": outcome.status, "output": outcome.stdout + outcome.stderr}
            )
        else:
            status = processes.attach(place, process, terminal=console.terminal)
            results.append({"service": process.service, "exit": status})
    status = checks.status([int(str(each["exit"])) for each in results])
    text = "" if status else "all checks passed"
    console.result("check", {"environment": environment, "exit": status, "checks": results}, text)
    ctx.exit(status)
