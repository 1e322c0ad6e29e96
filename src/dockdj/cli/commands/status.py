"""`dockdj status [TARGET]`."""

from typing import Any

import click

from dockdj.cli.arguments import site_of
from dockdj.cli.console import Console
from dockdj.lifecycle.target import status as use_case
from dockdj.lifecycle.target.status import Status
from dockdj.model.beanstalk.bundle import version_in_label


@click.command("status", epilog="Example: dockdj status production --json")
@click.argument("target", required=False)
@click.pass_obj
def command(console: Console, target: str | None) -> None:
    """Show the release TARGET runs, its health, its instances, and drift from the deployed release."""
    site = site_of(console, target)
    current = use_case.status(site)
    console.result("status", data_of(current), lambda: as_text(current))


def data_of(current: Status) -> dict[str, Any]:
    """Return a status as JSON data."""
    environment = current.environment
    return {
        "target": current.target,
        "environment": environment.name,
        "status": environment.status,
        "health": environment.health,
        "release": {"version": current.version, "digest": current.record} if current.version else None,
        "label": environment.label,
        "instances": [
            {
                "id": instance.id,
                "health": instance.health,
                "release": version_in_label(instance.label) or None,
                "causes": list(instance.causes),
            }
            for instance in environment.instances
        ],
        "url": environment.url,
        "drift": list(current.drift),
    }


def as_text(current: Status) -> str:
    """Return a status for people."""
    environment = current.environment
    running = current.version or environment.label or "nothing"
    lines = [
        f"{current.target}: {running}  {environment.status}, {environment.health}",
        f"  url      {environment.url}",
    ]
    if current.record:
        lines.append(f"  record   {current.record}")
    for instance in environment.instances:
        release = version_in_label(instance.label) or instance.label or "nothing"
        lines.append(f"  {instance.id}  {instance.health:<9} {release}")
        lines += [f"      {cause}" for cause in instance.causes]
    lines += [f"  drift: {difference}" for difference in current.drift]
    return "\n".join(lines)
