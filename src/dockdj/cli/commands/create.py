"""`dockdj create [TARGET]`."""

from functools import partial

import click

from dockdj.cli.arguments import site_of, timeout_option
from dockdj.cli.console import Console
from dockdj.lifecycle.target import create as use_case


@click.command("create", epilog="Example: dockdj create production")
@click.argument("target", required=False)
@timeout_option(use_case.TIMEOUT_SECONDS)
@click.pass_obj
def command(console: Console, target: str | None, timeout: float) -> None:
    """Create TARGET's application and environment. Existing ones are left unchanged.

    The environment runs the platform's sample application until the first deploy.
    """
    from dockdj import wiring

    site = site_of(console, target)
    created = use_case.create(site, partial(wiring.place_options, site.target), console.report, timeout=timeout)
    environment = created.environment
    data = {
        "target": site.target.name,
        "application": site.target.application,
        "environment": environment.name,
        "url": environment.url,
        "instances": len(environment.instances),
        "created": created.new,
    }
    head = "created" if created.new else "already exists"
    text = f"{environment.name} {head}: {environment.url}\nnext: dockdj deploy VERSION --to {site.target.name}"
    console.result("create", data, text)
