"""`dockdj bundle VERSION`."""

from pathlib import Path
from typing import Any

import click

from dockdj.cli.arguments import VERSION, project_of, target_option
from dockdj.cli.console import Console
from dockdj.lifecycle.bundle import bundle as use_case
from dockdj.lifecycle.bundle import dockerrun
from dockdj.model.project.project import target_of
from dockdj.model.version import Version


@click.command("bundle", epilog="Example: dockdj bundle 1.2.0 --to production --output shop.zip")
@click.argument("version", type=VERSION)
@target_option
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="File to write [default: NAME-LABEL.zip].",
)
@click.pass_obj
def command(console: Console, version: Version, target_name: str | None, output: Path | None) -> None:
    """Write the zip that Elastic Beanstalk receives.

    Every image is pinned by digest. The bytes are the same each time.
    """
    from dockdj import wiring

    project = project_of(console)
    target = target_of(project, target_name)
    dockerrun.check(project)
    made = use_case.of_version(project, target, wiring.repository_of(target), version, console.report)
    bundle = made.bundle
    path = output or Path(f"{project.name}-{bundle.label}.zip")
    use_case.write(bundle, path)
    data: dict[str, Any] = {
        "label": bundle.label,
        "digest": bundle.digest,
        "bytes": len(bundle.content),
        "file": str(path),
        "uncompared": made.uncompared or None,
    }
    console.result("bundle", data, f"{path}  {len(bundle.content):,} bytes\n  {bundle.digest}")
