"""`dockdj create [TARGET]`."""

import click

from dockdj.cli.arguments import project_of, timeout_option
from dockdj.cli.console import Console
from dockdj.lifecycle.target import create as use_case
from dockdj.model.project.project import target_of


@click.command("create", epilog="Example: dockdj create production")
@click.argument("target", required=False)
@timeout_option(use_case.TIMEOUT_SECONDS)
@click.pass_obj
def command(console: Console, target: str | None, timeout: float) -> None:
    """Create TARGET's application and environment; what exists is left as it is.

    The environment runs the platform's sample application until the first deploy.
    """
    from dockdj import wiring

    chosen = target_of(project_of(console), target)
    connection = wiring.connect(chosen, for_creation=True)
    made, new = use_case.create(chosen, connection.beanstalk, connection.options, console.report, timeout=timeout)
    data = {
        "target": chosen.name,
        "application": chosen.application,
        "environment": made.name,
        "url": made.url,
        "instances": len(made.instances),
        "created": new,
    }
    head = "created" if new else "exists already"
    console.result("create", data, f"{made.name} {head}: {made.url}\nnext: dockdj deploy VERSION --to {chosen.name}")
