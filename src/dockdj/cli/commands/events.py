"""`dockdj events [TARGET]`."""

from dataclasses import asdict

import click

from dockdj.cli.arguments import site_of
from dockdj.cli.console import Console
from dockdj.lifecycle.target import events as use_case
from dockdj.model.beanstalk.environment import EnvironmentEvent


@click.command("events", epilog="Example: dockdj events production --follow")
@click.argument("target", required=False)
@click.option("--follow", is_flag=True, help="Keep following until Ctrl-C.")
@click.pass_obj
def command(console: Console, target: str | None, follow: bool) -> None:
    """Show TARGET's newest events, oldest first."""
    site = site_of(console, target)
    events = use_case.newest(site)
    console.result("events", {"events": [asdict(event) for event in events]}, "\n".join(map(_line, events)))
    if follow and not console.as_json:
        for later in use_case.follow(site, events[-1] if events else None):
            console.result("events", None, "\n".join(map(_line, later)))


def _line(event: EnvironmentEvent) -> str:
    return f"{event.when[:19]}  {event.severity:<5}  {event.message}"
