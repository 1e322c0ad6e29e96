"""dockdj start"""

from dataclasses import asdict
from typing import Any

import click

from dockdj.cli.arguments import project_of, target_option_with
from dockdj.cli.commands.logs import show
from dockdj.cli.console import Console
from dockdj.errors import UsageError
from dockdj.lifecycle.environments import containers
from dockdj.lifecycle.environments.containers import Running
from dockdj.model.project.project import Project, target_of


@click.command(
    "start", epilog="Example: dockdj start dev · dockdj start prod --detach --port 8000 · dockdj start prod --pull"
)
@click.argument("environment", metavar="ENV")
@click.option("--detach", is_flag=True, help="Return when it is healthy; without it, follow the logs until Ctrl-C.")
@click.option("--port", type=click.IntRange(1, 65535), help="Host port; default: the usual one, or a free one.")
@click.option("--pull", is_flag=True, help="Build nothing: run the images that `image publish` pushed.")
@click.option("--tag", metavar="TAG", help="With --pull: their tag; default: ENV.")
@target_option_with("With --pull: target in dockdj.toml [default: default_target].")
@click.pass_obj
def command(
    console: Console,
    environment: str,
    detach: bool,
    port: int | None,
    pull: bool,
    tag: str | None,
    target_name: str | None,
) -> None:
    """Start ENV on this machine: builds what changed, migrates the database, waits until all is healthy."""
    if not pull and (tag or target_name):
        raise UsageError("--tag and --to say what --pull takes", hint=f"dockdj start {environment} --pull")
    project = project_of(console)
    published, said = _pulled(console, project, environment, tag, target_name) if pull else ({}, "")
    running = containers.start(project, environment, port=port, build=not pull, report=console.report)
    console.result("start", {**asdict(running), **published}, as_text(running) + said)
    if detach or console.as_json:
        return
    click.echo("following the logs; Ctrl-C stops it", err=True)
    try:
        show(project, environment, follow=True, since="1s")
    except KeyboardInterrupt:
        click.echo("", err=True)
    containers.stop(project, environment, console.report)


def _pulled(
    console: Console, project: Project, environment: str, tag: str | None, target_name: str | None
) -> tuple[dict[str, Any], str]:
    """Pull the tested images; where they come from, as data and for people."""
    # What a start without --pull need not load.
    from dockdj import wiring
    from dockdj.cli.commands.test_image import origin
    from dockdj.lifecycle.tested_images import pull as image_pull

    repository = wiring.repository_of(target_of(project, target_name))
    found = image_pull.pull(project, environment, repository, tag or environment, console.report)
    return {"published": origin(found)}, f"\n  images: {found.origin}"


def as_text(running: Running) -> str:
    """What runs, for people: the application's address, and below it the others."""
    lines = [f"{running.environment} runs: {running.url or ', '.join(running.services)}"]
    lines += [f"  {name}: {url}" for name, url in running.urls.items() if url != running.url]
    return "\n".join(lines)
