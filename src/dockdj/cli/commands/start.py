"""`dockdj start ENV`."""

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
@click.option("--detach", is_flag=True, help="Return when all services are healthy; do not follow the logs.")
@click.option(
    "--port", type=click.IntRange(1, 65535), metavar="N", help="Host port [default: the usual one, else a free one]."
)
@click.option("--pull", is_flag=True, help="Build nothing: run the images that `image publish` pushed.")
@click.option("--tag", metavar="TAG", help="With --pull: tag of the images [default: ENV].")
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
    """Start ENV on this machine.

    Builds what changed, migrates the database and waits until all services are healthy. Then follows the logs; Ctrl-C
    stops ENV.
    """
    if not pull and (tag or target_name):
        raise UsageError("--tag and --to need --pull", hint=f"dockdj start {environment} --pull")
    project = project_of(console)
    published, origin_line = _pulled(console, project, environment, tag, target_name) if pull else ({}, "")
    running = containers.start(project, environment, port=port, build=not pull, report=console.report)
    console.result("start", {**asdict(running), **published}, as_text(running) + origin_line)
    if detach or console.as_json:
        return
    click.echo(f"following the logs; Ctrl-C stops {environment}", err=True)
    try:
        show(project, environment, follow=True, new=True)
    except KeyboardInterrupt:
        click.echo("", err=True)
    containers.stop(project, environment, console.report)


def _pulled(
    console: Console, project: Project, environment: str, tag: str | None, target_name: str | None
) -> tuple[dict[str, Any], str]:
    """Pull the tested images. Return their origin as JSON data and as a line for people."""
    # A start without --pull need not load these.
    from dockdj import wiring
    from dockdj.cli.commands.test_image import origin
    from dockdj.lifecycle.tested_images import pull as image_pull

    repository = wiring.repository_of(target_of(project, target_name))
    images = image_pull.pull(project, environment, repository, tag or environment, console.report)
    return {"published": origin(images)}, f"\n  images: {images.origin}"


def as_text(running: Running) -> str:
    """Return the addresses of a started environment, the application's first."""
    lines = [f"{running.environment} runs: {running.url or ', '.join(running.services)}"]
    lines += [f"  {name}: {url}" for name, url in running.urls.items() if url != running.url]
    return "\n".join(lines)
