"""dockdj start"""

from dataclasses import asdict

import click

from dockdj.cli.logs import show
from dockdj.cli.project import project_of
from dockdj.cli.render import Console
from dockdj.lifecycle import containers
from dockdj.lifecycle.containers import Running


@click.command("start", epilog="Example: dockdj start dev · dockdj start prod --detach --port 8000")
@click.argument("environment", metavar="ENV")
@click.option("--detach", is_flag=True, help="Return when it is healthy; without it, follow the logs until Ctrl-C.")
@click.option("--port", type=click.IntRange(1, 65535), help="Host port; default: the usual one, or a free one.")
@click.pass_obj
def command(console: Console, environment: str, detach: bool, port: int | None) -> None:
    """Start ENV on this machine: builds what changed, migrates the database, waits until all is healthy."""
    project = project_of(console)
    running = containers.start(project, environment, port=port, report=console.report)
    console.result("start", asdict(running), as_text(running))
    if detach or console.as_json:
        return
    click.echo("following the logs; Ctrl-C stops it", err=True)
    try:
        show(containers.stack_of(project, environment), follow=True, since="1s")
    except KeyboardInterrupt:
        click.echo("", err=True)
    containers.stop(project, environment, console.report)


def as_text(running: Running) -> str:
    """What runs, for people: the application's address, and below it the others."""
    lines = [f"{running.environment} runs: {running.url or ', '.join(running.services)}"]
    lines += [f"  {name}: {url}" for name, url in running.urls.items() if url != running.url]
    return "\n".join(lines)
