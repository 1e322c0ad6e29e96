"""`dockdj cloud`: Elastic Beanstalk on this machine."""

from __future__ import annotations

import importlib.util
import shlex
from typing import Any

import click

from dockdj.adapters import installation
from dockdj.adapters.beanstalk import local_cloud
from dockdj.adapters.beanstalk.local_cloud import CloudAddress
from dockdj.cli.arguments import yes_option
from dockdj.cli.console import Console
from dockdj.cli.suggestions import SuggestingGroup
from dockdj.errors import MissingTool, Refused

NEEDED = ("moto", "werkzeug")
PRIVILEGED = (
    "Instances are privileged containers: a bundle runs as root on this machine. Run only bundles that you trust."
)


@click.group("cloud", cls=SuggestingGroup)
def command() -> None:
    """Run Elastic Beanstalk on this machine, with S3, a registry and PostgreSQL."""


@command.command("up", epilog="Example: dockdj cloud up · dockdj cloud up --deploy")
@click.option(
    "--deploy", "with_project", is_flag=True, help="Also deploy this project's newest published release to it."
)
@click.pass_obj
def up(console: Console, with_project: bool) -> None:
    """Start the local cloud, and the environments that ran before."""
    _require_packages()
    from dockdj.cli.commands import cloud_deploy
    from dockdj.cli.views import deployment as view

    target = cloud_deploy.target_here(console) if with_project else None
    from dockdj.localcloud import lifetime
    from dockdj.localcloud.http import client

    running = lifetime.up(local_cloud.state_folder(), console.report)
    address = CloudAddress(
        endpoint=client.endpoint(running.settings),
        registry=running.registry,
        region=running.settings.region,
        access_key=running.settings.access_key,
        secret_key=running.settings.secret_key,
        pid=running.pid,
    )
    local_cloud.write(address)
    data: dict[str, Any] = {"endpoint": address.endpoint, "registry": address.registry, "pid": address.pid}
    deployed = cloud_deploy.newest(console, target) if target else None
    console.result(
        "cloud up",
        {**data, **({"deployed": view.result_data(deployed)} if deployed else {})},
        f"The local cloud is up.\n  endpoint  {address.endpoint}\n  registry  {address.registry}\n{PRIVILEGED}\n"
        'For boto3 and eb: eval "$(dockdj cloud env)"' + (f"\n{view.result_text(deployed)}" if deployed else ""),
    )


@command.command("down", epilog="Example: dockdj cloud down")
@click.pass_obj
def down(console: Console) -> None:
    """Stop the local cloud. It keeps databases, images, objects and environments."""
    _require_packages()
    from dockdj.localcloud import lifetime

    lifetime.down(local_cloud.state_folder(), console.report)
    local_cloud.remove()
    console.result(
        "cloud down", {}, "The local cloud is down. `dockdj cloud up` starts it again with everything it held."
    )


@command.command("reset", epilog="Example: dockdj cloud reset --yes")
@yes_option
@click.pass_obj
def reset(console: Console, yes: bool) -> None:
    """Remove all environments, databases, images and objects of the local cloud."""
    _require_packages()
    from dockdj.localcloud import lifetime

    if not console.confirm("Remove all environments, databases, images and objects of the local cloud?", yes=yes):
        raise Refused("nothing was done: the answer was no")
    lifetime.reset(local_cloud.state_folder(), console.report)
    local_cloud.remove()
    console.result("cloud reset", {}, "The local cloud is down and empty.")


@command.command("status", epilog="Example: dockdj cloud status --json")
@click.pass_obj
def status(console: Console) -> None:
    """Show the environments of the local cloud and their instances."""
    address = local_cloud.require()
    from dockdj.localcloud.http import client

    overview = client.status(local_cloud.state_folder())
    data = {"endpoint": address.endpoint, "registry": address.registry, **overview}
    console.result("cloud status", data, lambda: as_text(data))


@command.command("env", epilog='Example: eval "$(dockdj cloud env)"')
@click.pass_obj
def env(console: Console) -> None:
    """Print shell commands that make boto3 and eb use the local cloud."""
    variables = variables_of(local_cloud.require())
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    console.result("cloud env", variables, "\n".join(lines))


def variables_of(address: CloudAddress) -> dict[str, str]:
    """Return the environment variables that point boto3, `eb` and Docker to the local cloud."""
    return {
        "AWS_ENDPOINT_URL": address.endpoint,
        "AWS_ACCESS_KEY_ID": address.access_key,
        "AWS_SECRET_ACCESS_KEY": address.secret_key,
        # SDKs of other languages read AWS_REGION alone, and where both are set it decides.
        "AWS_REGION": address.region,
        "AWS_DEFAULT_REGION": address.region,
        "DOCKDJ_REGISTRY": address.registry,
    }


def as_text(overview: dict[str, Any]) -> str:
    """Return the overview for people."""
    lines = [f"endpoint  {overview['endpoint']}", f"registry  {overview['registry']}"]
    if not overview["environments"]:
        lines.append("no environments")
    for environment in overview["environments"]:
        state = f"{environment['status']}, {environment['health']}"
        lines.append(f"{environment['name']}: {environment['label']}  {state}  {environment['url'] or 'no address'}")
        lines += [f"    {cause}" for cause in environment["causes"]]
        lines += [
            f"  {instance['id']}  {instance['health']:<9} {instance['label'] or 'nothing'}"
            for instance in environment["instances"]
        ]
    return "\n".join(lines)


def _require_packages() -> None:
    """Raise MissingTool without the server's packages, an extra that deploying to AWS does not need."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        packages = " ".join(f"'{requirement}'" for requirement in installation.requirements("cloud") or missing)
        raise MissingTool(f"the local cloud needs {' and '.join(missing)}", hint=f"pip install {packages}")
