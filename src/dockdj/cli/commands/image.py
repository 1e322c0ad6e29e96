"""dockdj image"""

from dataclasses import asdict

import click

from dockdj.cli.arguments import project_of, target_option
from dockdj.cli.console import Console
from dockdj.cli.suggestions import SuggestingGroup
from dockdj.lifecycle.build import images
from dockdj.model.project.project import PRODUCTION, target_of


@click.group("image", cls=SuggestingGroup)
def command() -> None:
    """This project's images, by environment."""


@command.command("build", epilog="Example: dockdj image build prod")
@click.argument("environment", metavar="ENV")
@click.pass_obj
def build(console: Console, environment: str) -> None:
    """Build the images of ENV from the working tree; production's checks and tests run inside."""
    built = images.build(project_of(console), environment, console.report)
    lines = [f"{each.tag}  {each.config}" for each in built]
    console.result("image build", {"images": [asdict(each) for each in built]}, "\n".join(lines))


@command.command("update", epilog="Example: dockdj image update prod")
@click.argument("environment", metavar="ENV")
@click.pass_obj
def update(console: Console, environment: str) -> None:
    """Build the images of ENV anew: on the newest bases that registries give, and without cache."""
    # What the other commands need not load: a build without changes takes a fraction of a second.
    from dockdj.lifecycle.build import update as image_update

    updated = image_update.update(project_of(console), environment, console.report)
    bases = updated.bases
    lines = [f"{each.tag}  {each.config}" for each in updated.images]
    lines += [f"renewed      {name}" for name in bases.renewed]
    lines += [f"newest       {name}" for name in bases.newest]
    lines += [f"not renewed  {name}" for name in bases.kept]
    console.result("image update", asdict(updated), "\n".join(lines))


@command.command("destroy", epilog="Example: dockdj image destroy dev")
@click.argument("environment", metavar="ENV")
@click.pass_obj
def destroy(console: Console, environment: str) -> None:
    """Remove the images of ENV from this machine, except those that a release names."""
    from dockdj.lifecycle.environments import remove_images

    done = remove_images.destroy(project_of(console), environment, console.report)
    lines = [f"removed  {tag}" for tag in done.removed]
    lines += [f"kept     {tag}: it is {version}" for tag, version in done.kept.items()]
    console.result("image destroy", asdict(done), "\n".join(lines) or f"{environment} has no images")


@command.command("publish", epilog="Example: dockdj image publish prod --tag qa --to staging")
@click.argument("environment", metavar="ENV")
@click.option("--tag", metavar="TAG", help="The tag, which moves; default: ENV.")
@target_option
@click.pass_obj
def publish(console: Console, environment: str, tag: str | None, target_name: str | None) -> None:
    """Build and test the images of ENV and push them under TAG, for others to try: start --pull, test --image."""
    from dockdj import wiring
    from dockdj.cli.commands.test_image import origin
    from dockdj.lifecycle.publish import upload
    from dockdj.lifecycle.tested_images import publish as image_publish

    project = project_of(console)
    repository = wiring.repository_of(target_of(project, target_name))
    name = tag or environment
    outcome = image_publish.publish(project, environment, name, repository, console.report)
    found, sent = outcome.images, outcome.sent
    data = {
        "environment": environment,
        "tag": name,
        **origin(found),
        "images": {service: found.pinned(service) for service in found.manifests},
        "tests": {key: found.evidence[key] for key in ("passed", "failed", "skipped")},
        "sent": {"bytes": sent.bytes, "layers": sent.layers},
    }
    lines = [f"{environment} is published as {repository}:{name}", f"  of      {found.origin}"]
    lines += [f"  tests   {found.evidence['passed']} passed, {found.evidence['skipped']} skipped"]
    lines += [f"  sent    {upload.text(sent)}"]
    lines += [f"  {service:<7} {digest}" for service, digest in found.manifests.items()]
    words = "" if name == environment else f" --tag {name}"
    more = f"elsewhere: dockdj start {environment} --pull{words}"
    if environment == PRODUCTION:
        more += f" · dockdj test {environment} --image {name}"
    console.result("image publish", data, "\n".join([*lines, more]))
