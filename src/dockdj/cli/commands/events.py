"""`dockdj events [TARGET]`."""

from dataclasses import asdict
from datetime import datetime, timedelta

import click

from dockdj.cli.arguments import site_of
from dockdj.cli.console import Console
from dockdj.errors import PlatformError
from dockdj.model.beanstalk.environment import EnvironmentEvent

SHOWN = 50


@click.command("events", epilog="Example: dockdj events production --follow")
@click.argument("target", required=False)
@click.option("--follow", is_flag=True, help="Go on until interrupted.")
@click.pass_obj
def command(console: Console, target: str | None, follow: bool) -> None:
    """Show TARGET's newest events, oldest first."""
    site = site_of(console, target)
    environment = site.beanstalk.environment(site.target.application, site.target.environment)
    if environment is None:
        raise PlatformError(
            f"there is no environment {site.target.environment}", hint=f"dockdj create {site.target.name}"
        )
    found = site.beanstalk.events(environment.id, limit=SHOWN)
    console.result("events", {"events": [asdict(event) for event in found]}, "\n".join(map(_line, found)))
    while follow and not console.as_json:
        site.beanstalk.sleep(site.beanstalk.poll)
        since = datetime.fromisoformat(found[-1].when) + timedelta(milliseconds=1) if found else None
        found = site.beanstalk.events(environment.id, since) or found[-1:]
        fresh = [event for event in found if since is None or datetime.fromisoformat(event.when) >= since]
        console.result("events", None, "\n".join(map(_line, fresh)))


def _line(event: EnvironmentEvent) -> str:
    return f"{event.when[:19]}  {event.severity:<5}  {event.message}"
